"""Who leaves, and that nobody does by mistake."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from people import groups
from people.engagement import Engagement, add_engagement
from people.models import Group, GroupMembership, Person, PersonEngagement
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync import hydrate
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.duplicates import refresh_duplicates
from syncing.people_sync.engine import advance
from syncing.people_sync.load import merge_people
from syncing.people_sync.removals import delete_everybody, merge_losers
from syncing.people_sync.services import start_initial_sync
from tests.crossing import cross, wait_until_somebody_waits_for_a_lock
from tests.factories import make_people, make_user, person_row
from tests.syncing.people_sync.driving import (
    cycle,
    drive,
    drive_until,
    expected_people,
    full_sync,
    people_here,
    refreshed,
)

pytestmark = pytest.mark.django_db

LEADS = "/rest/v1/leads.json"


@pytest.fixture
def live(marketo_with_list, sandbox):
    full_sync()
    return refreshed(marketo_with_list)


def mark_everybody():
    mark_dirty(marketo_ids=people_here(), now=timezone.now())


def reconcile():
    MarketoConnection.objects.update(next_reconcile_at=timezone.now(), next_cycle_at=None)
    return drive_until(SyncRun.objects.filter(kind="RECONCILE", state="SUCCEEDED").first)


def test_one_answer_without_rows_removes_nobody(live, sandbox):
    mark_dirty(marketo_ids=list(people_here())[:60], now=timezone.now())
    sandbox.add_fault("no_rows", LEADS)
    run = cycle()
    assert (run.state, run.removed, run.read) == ("SUCCEEDED", 0, 60)
    assert people_here() == expected_people(sandbox)


def test_strangers_that_are_absent_are_asked_for_once(live):
    mark_dirty(marketo_ids=[5_000_000, 5_000_001], now=timezone.now())
    assert cycle().api_calls == 4


def test_many_who_vanish_at_once_stay_until_somebody_looks(live, sandbox, monkeypatch):
    monkeypatch.setattr(hydrate, "FEW_REMOVALS", 10)
    before = people_here()
    mark_everybody()
    sandbox.add_fault("no_rows", LEADS, times=0)
    MarketoConnection.objects.update(next_cycle_at=None)
    advance(now=timezone.now())
    run = SyncRun.objects.get(kind="INCREMENTAL", state="WAITING")
    assert people_here() == before
    assert (refreshed(live).state, live.state_code) == ("NEEDS_ATTENTION", "")
    assert "full sync" in live.state_reason
    sandbox.clear_faults()
    drive(run)
    assert (run.state, run.removed) == ("SUCCEEDED", 0)
    assert refreshed(live).state == "CONNECTED"
    assert people_here() == before


def test_many_who_vanish_go_when_somebody_starts_a_full_sync(live, sandbox, monkeypatch):
    monkeypatch.setattr(hydrate, "FEW_REMOVALS", 10)
    here = list(people_here())
    for marketo_id in here[: len(here) // 2]:
        sandbox.delete_lead(marketo_id)
    MarketoConnection.objects.update(next_cycle_at=None)
    advance(now=timezone.now())
    assert refreshed(live).state == "NEEDS_ATTENTION"
    drive(start_initial_sync(requested_by=None, now=timezone.now()))
    assert people_here() == expected_people(sandbox)
    # What was agreed to is not counted again.
    sandbox.delete_lead(here[-1])
    assert cycle().removed == 1


def test_many_who_vanish_little_by_little_are_noticed_too(live, sandbox, monkeypatch):
    monkeypatch.setattr(hydrate, "FEW_REMOVALS", 10)
    here = list(people_here())
    share = len(here) * 15 // 100
    for marketo_id in here[:share]:
        sandbox.delete_lead(marketo_id)
    assert cycle().removed == share
    for marketo_id in here[share : 2 * share]:
        sandbox.delete_lead(marketo_id)
    MarketoConnection.objects.update(next_cycle_at=None)
    advance(now=timezone.now())
    assert refreshed(live).state == "NEEDS_ATTENTION"
    assert len(people_here()) == len(here) - share


@pytest.mark.parametrize("hidden", ["sfdcLeadId", "sfdcContactId"])
def test_a_hidden_salesforce_field_removes_nobody(live, sandbox, hidden):
    before = people_here()
    sandbox.set_limits(hidden_fields=[hidden])
    MarketoConnection.objects.update(next_reconcile_at=timezone.now())
    drive_until(lambda: refreshed(live).state == "NEEDS_ATTENTION")
    assert hidden in live.state_reason
    assert people_here() == before


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_group_follows_a_chain_of_merges_to_its_end(db, seller, order):
    first, second, third = make_people(3)
    group = Group.objects.create(owner=seller, name="Mine")
    group.people.add(first)
    merges = [(first.marketo_id, second.marketo_id), (second.marketo_id, third.marketo_id)]
    merge_losers(dict(merges[place] for place in order), now=timezone.now())
    assert list(group.people.all()) == [third]
    losers = Person.objects.filter(state="REMOVED")
    assert {loser.merged_into for loser in losers} == {third}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_went_on_with_somebody_counts_for_the_winner(db, order):
    first, second, third = make_people(3)
    add_engagement({first.pk: calls(2), third.pk: calls(5)})
    merges = [(first.marketo_id, second.marketo_id), (second.marketo_id, third.marketo_id)]
    merge_losers(dict(merges[place] for place in order), now=timezone.now())
    # Also what comes later, as an answer to what the loser was sent.
    add_engagement({first.pk: calls(1), third.pk: calls(1)})
    row = PersonEngagement.objects.get()
    assert (row.person, row.calls) == (third, 9)


def calls(count):
    return Engagement(counts={"calls": count}, last_activity_at=timezone.now())


def test_two_that_merged_into_each_other_are_both_gone(db):
    first, second = make_people(2)
    merge_losers(
        {first.marketo_id: second.marketo_id, second.marketo_id: first.marketo_id},
        now=timezone.now(),
    )
    assert not Person.objects.active().exists()
    assert set(Person.objects.values_list("merged_into", flat=True)) <= {None, second.pk}


def test_a_merge_that_is_told_twice_is_history_once(db):
    winner, loser = make_people(2)
    for _ in range(2):
        merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())
        stamps = set(Person.objects.values_list("updated_at", flat=True))
    assert winner.changes.filter(kind="MERGED").count() == 1
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())
    assert set(Person.objects.values_list("updated_at", flat=True)) == stamps


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_added_first", [False, True])
def test_a_winner_who_is_put_into_the_losers_group_meanwhile_is_in_it_once(is_added_first):
    winner, loser = make_people(2)
    group = group_of(loser)

    def add():
        groups.add_people(group=group, people=Person.objects.filter(pk=winner.pk))

    def merge():
        merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    cross(*((add, merge) if is_added_first else (merge, add)), lambda: None)
    assert list(group.people.all()) == [winner]


@pytest.mark.django_db(transaction=True)
def test_merges_and_who_takes_the_losers_out_of_their_group_do_not_block_each_other():
    winner, first, second = make_people(3)
    group = group_of(first, second)
    losers = Person.objects.filter(pk__in=[first.pk, second.pk])
    cross(
        lambda: merge_losers({second.marketo_id: winner.marketo_id}, now=timezone.now()),
        lambda: groups.remove_people(group=group, people=losers),
        lambda: merge_losers({first.marketo_id: winner.marketo_id}, now=timezone.now()),
    )
    assert list(group.people.all()) == [winner]


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_who_deletes_the_losers_group_do_not_block_each_other():
    winner, loser = make_people(2)
    group = group_of(loser)

    def delete():
        groups.delete_group(group=group)

    def merge():
        merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    with ThreadPoolExecutor(1) as pool, begun_after_the_memberships(pool, merge) as merges:
        delete()
        merges[0].result(timeout=30)
    assert not Group.objects.exists()
    assert Person.objects.get(pk=loser.pk).merged_into == winner


@pytest.mark.django_db(transaction=True)
def test_deleting_everybody_waits_for_who_is_writing_people():
    cross(
        lambda: merge_people(
            [person_row(email="a@b.c")], now=timezone.now(), with_duplicates=False
        ),
        transaction.atomic(delete_everybody),
        lambda: refresh_duplicates(["a@b.c"]),
    )
    assert not Person.objects.exists()


def group_of(*people):
    group = Group.objects.create(owner=make_user(), name="Mine")
    group.people.add(*people)
    return group


@contextmanager
def begun_after_the_memberships(pool, work):
    """Begin the work in another transaction when a group that is deleted has nobody any more."""
    begun = []

    def run():
        try:
            work()
        finally:
            connection.close()

    def begin(**_):
        begun.append(pool.submit(run))
        wait_until_somebody_waits_for_a_lock()

    post_delete.connect(begin, sender=GroupMembership)
    try:
        yield begun
    finally:
        post_delete.disconnect(begin, sender=GroupMembership)
