"""Whatever goes wrong on the way, each activity stands in Marketo once in the end."""

import time
from dataclasses import replace

import pytest
from django.utils import timezone

from syncing.connections import budget_for
from syncing.delivery.models import MarketoActivityLog
from syncing.delivery.selectors import parked, waiting
from syncing.delivery.services import in_marketo, retry
from syncing.delivery.sweep import sweep
from syncing.delivery.tasks import sweep_deliveries
from syncing.marketo import Priority
from syncing.marketo.central_time import marketo_day
from syncing.marketo.retries import PACES
from syncing.models import MarketoConnection
from syncing.people_sync.removals import merge_losers, remove_people
from syncing.sandbox.marketo.settings import PERMISSIONS
from tests.syncing.delivery.driving import (
    ACTIVITIES,
    EXTERNAL,
    assert_each_is_there_once,
    deliver,
    record_mixed,
    record_one,
)
from tests.syncing.people_sync.driving import forget_budget, refreshed

pytestmark = pytest.mark.django_db

# Marketo may or may not have done it.
AMBIGUOUS = [
    {"kind": "reset"},
    {"kind": "reset", "committed": True},
    {"kind": "http", "status": 500},
    {"kind": "http", "status": 502, "committed": True},
    {"kind": "http", "status": 504},
    {"kind": "empty"},
    {"kind": "truncated_json"},
    {"kind": "no_result"},
    {"kind": "error", "code": "604"},
    {"kind": "error", "code": "608", "committed": True},
    {"kind": "error", "code": "611"},
    {"kind": "error", "code": "611", "committed": True},
    {"kind": "error", "code": "713"},
    {"kind": "error", "code": "713", "committed": True},
]
# Marketo has surely not done it.
DEFINITE = [
    {"kind": "expired_token"},
    {"kind": "revoked_token"},
    {"kind": "error", "code": "606"},
    {"kind": "error", "code": "607"},
    {"kind": "error", "code": "614"},
    {"kind": "error", "code": "615"},
]


def name(fault):
    words = [fault["kind"], str(fault.get("code", fault.get("status", "")))]
    return " ".join([*words, "after the commit" if fault.get("committed") else ""]).strip()


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=name)
def test_what_may_have_arrived_is_looked_up_before_it_is_sent_again(sandbox, people, seller, fault):
    record_mixed(people, seller, 45)
    sandbox.add_fault(endpoint=EXTERNAL, **fault)
    sweep(now=timezone.now())
    assert {one.state for one in waiting()} == {"UNCERTAIN"}
    assert sandbox.calls()[EXTERNAL] == 1
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    arrived = bool(fault.get("committed")) or fault["kind"] in {
        "empty",
        "truncated_json",
        "no_result",
    }
    assert sandbox.calls()[EXTERNAL] == (1 if arrived else 2)


@pytest.mark.parametrize("fault", DEFINITE, ids=name)
def test_what_marketo_refused_as_a_whole_is_sent_again_without_looking(
    sandbox, people, seller, fault
):
    record_mixed(people, seller, 45)
    sandbox.add_fault(endpoint=EXTERNAL, **fault)
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    assert sandbox.calls()[EXTERNAL] == 2
    assert ACTIVITIES not in sandbox.calls()


def test_a_marketo_that_cannot_be_reached_is_tried_later(sandbox, people, seller):
    record_mixed(people, seller, 5)
    base_url = sandbox.base_url
    MarketoConnection.objects.update(base_url="http://127.0.0.1:9")
    sweep(now=timezone.now())
    row = waiting().first()
    assert (row.state, row.attempts) == ("PENDING", 1)
    assert "cannot be reached" in row.reason
    assert row.due_at > timezone.now()
    MarketoConnection.objects.update(base_url=base_url)
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


@pytest.fixture
def hasty(monkeypatch):
    """A client that waits for an answer no longer than a moment."""
    pace = replace(PACES[Priority.BACKGROUND], longest_read=0.3)
    monkeypatch.setitem(PACES, Priority.BACKGROUND, pace)


@pytest.mark.parametrize("committed", [True, False])
def test_an_answer_that_comes_too_late_is_looked_up(sandbox, people, seller, hasty, committed):
    record_mixed(people, seller, 30)
    sandbox.add_fault("hang", EXTERNAL, seconds=1, committed=committed)
    sweep(now=timezone.now())
    assert {one.state for one in waiting()} == {"UNCERTAIN"}
    deadline = time.monotonic() + 10
    # Marketo goes on with what it has begun; the settle delay is longer than that may take.
    while EXTERNAL not in sandbox.calls():
        assert time.monotonic() < deadline
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    assert sandbox.calls()[EXTERNAL] == 1


def test_a_lookup_that_fails_is_repeated_and_nothing_is_sent_meanwhile(sandbox, people, seller):
    record_mixed(people, seller, 5)
    sandbox.add_fault("reset", EXTERNAL, committed=True)
    sandbox.add_fault("error", "*/pagingtoken.json", code="1003", message="No")
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    assert sandbox.calls()[EXTERNAL] == 1


def test_one_bad_record_among_300_is_parked_alone_and_can_be_sent_again(sandbox, people, seller):
    record_mixed(people, seller, 300)
    sandbox.add_fault("record", EXTERNAL, skip=150, code="1003", message="Value is odd")
    deliver(sandbox)
    assert in_marketo().filter(state="DELIVERED").count() == 299
    bad = in_marketo().get(state="PARKED")
    assert bad.code == "1003"
    assert "not as it was set up" in bad.reason
    assert len(sandbox.custom_activities()) == 299


@pytest.mark.parametrize("code", ["719", "611"])
def test_a_record_that_marketo_could_not_take_just_now_is_sent_later(sandbox, people, seller, code):
    record_mixed(people, seller, 10)
    sandbox.add_fault("record", EXTERNAL, skip=4, code=code, message="Busy")
    sweep(now=timezone.now())
    assert waiting().get().code == code
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


def test_a_record_for_which_marketo_refuses_the_whole_call_is_found_by_halves(
    sandbox, people, seller
):
    """A value so odd that Marketo takes no call with it in."""
    record_mixed(people, seller, 16)
    for _ in range(5):
        sandbox.add_fault("error", EXTERNAL, code="1003", message="Odd")
    deliver(sandbox)
    parked = in_marketo().get(state="PARKED")
    assert parked.code == "1003"
    assert len(sandbox.custom_activities()) == 15


def test_a_used_up_quota_stops_all_calls_until_it_is_new(sandbox, people, seller):
    record_mixed(people, seller, 5)
    sandbox.add_fault("error", EXTERNAL, code="607")
    now = timezone.now()
    sweep(now=now)
    marketo = MarketoConnection.objects.get()
    assert marketo.state == "PAUSED_UNTIL"
    before = sandbox.calls()
    sweep(now=now)
    assert sandbox.calls() == before
    assert waiting().count() == 5
    forget_budget(sandbox)
    sweep(now=marketo.paused_until)
    assert refreshed(marketo).state == "CONNECTED"
    assert_each_is_there_once(sandbox)


def test_a_lacking_permission_holds_up_the_log_and_not_the_people(sandbox, people, seller):
    record_mixed(people, seller, 5)
    sandbox.change_settings(
        permissions=[one for one in PERMISSIONS if one != "Read-Write Activity"]
    )
    now = timezone.now()
    sweep(now=now)
    log = MarketoActivityLog.load()
    assert log.held_code == "603"
    assert "permission" in log.held_reason
    assert MarketoConnection.objects.get().state == "CONNECTED"
    assert waiting().filter(state="PENDING").count() == 5
    before = sandbox.calls()
    sweep(now=now)
    assert sandbox.calls() == before
    sandbox.change_settings(permissions=list(PERMISSIONS))
    sweep(now=log.held_until)
    assert MarketoActivityLog.load().held_reason == ""
    assert_each_is_there_once(sandbox)


def test_bad_credentials_ask_for_attention_and_the_activities_wait(sandbox, people, seller):
    record_mixed(people, seller, 5)
    marketo = MarketoConnection.objects.get()
    marketo.client_secret = "wrong"
    marketo.save(update_fields=["client_secret"])
    sweep(now=timezone.now())
    assert refreshed(marketo).state == "NEEDS_ATTENTION"
    assert waiting().filter(state="PENDING").count() == 5


@pytest.fixture
def merged(people, sandbox):
    """A person who was merged into another, in Marketo and here."""
    loser, winner = people[:2]
    sandbox.merge_leads(winner.marketo_id, [loser.marketo_id])
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())
    return refreshed(loser), winner


def test_a_merge_is_followed_to_the_winner(sandbox, people, seller, merged):
    loser, winner = merged
    delivery = record_one(loser, seller)
    deliver(sandbox)
    assert refreshed(delivery).state == "DELIVERED"
    (row,) = sandbox.custom_activities()
    assert row["leadId"] == winner.marketo_id


def test_a_merge_during_a_lost_answer_does_not_write_it_twice(sandbox, people, seller):
    """The merge is only known here after the look-up found nothing under the loser's ID."""
    loser, winner = people[:2]
    record_one(loser, seller)
    sandbox.add_fault("reset", EXTERNAL, committed=True)
    sweep(now=timezone.now())
    sandbox.merge_leads(winner.marketo_id, [loser.marketo_id])
    deliver(sandbox, until=in_marketo().filter(state="PARKED").exists)
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())
    retry(parked(), now=timezone.now())
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


def test_a_person_that_marketo_deleted_is_parked_with_words(sandbox, people, seller):
    gone = people[0]
    sandbox.delete_lead(gone.marketo_id)
    delivery = record_one(gone, seller)
    deliver(sandbox)
    assert refreshed(delivery).code == "1004"
    assert str(gone.marketo_id) in delivery.reason
    remove_people({gone.marketo_id: "DELETED"}, now=timezone.now())
    retry(parked(), now=timezone.now())
    deliver(sandbox)
    assert "deleted in Marketo" in refreshed(delivery).reason


def test_an_address_that_marketo_does_not_know_holds_up_the_log(sandbox, people, seller):
    """It is no activity's fault, so none is parked for it."""
    record_mixed(people, seller, 5)
    sandbox.add_fault("error", EXTERNAL, code="610", message="Requested resource not found")
    sweep(now=timezone.now())
    assert MarketoActivityLog.load().held_code == "610"
    assert waiting().count() == 5
    assert sandbox.calls()[EXTERNAL] == 1


def test_the_own_daily_cap_stops_deliveries_until_it_is_raised(sandbox, people, seller):
    record_mixed(people, seller, 5)
    marketo = MarketoConnection.objects.get()
    marketo.store(daily_call_cap=1_000)
    budget_for(marketo).observe(marketo_day(timezone.now()).date, 900)
    sweep(now=timezone.now())
    assert refreshed(marketo).state == "PAUSED_UNTIL"
    assert EXTERNAL not in sandbox.calls()
    marketo.store(daily_call_cap=50_000)
    sweep(now=timezone.now())
    assert_each_is_there_once(sandbox)


def test_the_task_comes_back_only_when_there_is_more(sandbox, people, seller):
    record_mixed(people, seller, 5)
    sweep_deliveries()
    assert_each_is_there_once(sandbox)
