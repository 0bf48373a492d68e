"""The sync against a Marketo that misbehaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync import hydrate
from syncing.people_sync.engine import advance
from syncing.people_sync.outcomes import MOST_CRASHES
from syncing.people_sync.services import start_initial_sync
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
FILE = "/bulk/v1/leads/export/*/file.json"
FEEDS = "/rest/v1/activities/*"

PASSING = [
    {"kind": "error", "code": "611", "message": "System error"},
    {"kind": "error", "code": "604", "message": "Request timed out"},
    {"kind": "error", "code": "608", "message": "API temporarily unavailable"},
    {"kind": "error", "code": "713", "message": "Transient error"},
    {"kind": "http", "status": 502},
    {"kind": "http", "status": 500},
    {"kind": "reset"},
    {"kind": "empty"},
    {"kind": "truncated_json"},
    {"kind": "expired_token"},
    {"kind": "revoked_token"},
]


def name_of(fault):
    return f"{fault['kind']}-{fault.get('code', fault.get('status', ''))}"


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_a_sweep_survives_what_passes_by_itself(marketo, sandbox, fault):
    sandbox.add_fault(endpoint=LEADS, skip=30, times=2, **fault)
    run = full_sync()
    assert run.state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_an_extract_survives_what_passes_by_itself(marketo_with_list, sandbox, fault):
    sandbox.add_fault(endpoint="/bulk/*", skip=1, times=1, **fault)
    run = full_sync()
    assert run.state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_a_cycle_survives_what_passes_by_itself(marketo_with_list, sandbox, fault):
    full_sync()
    sandbox.change_lead(next(iter(people_here())), title="Changed")
    sandbox.add_fault(endpoint=FEEDS, times=2, **fault)
    cycle()
    assert people_here() == expected_people(sandbox)


def test_a_truncated_file_is_read_on(marketo_with_list, sandbox):
    sandbox.add_fault("truncated_file", FILE, bytes=20_000, times=2)
    assert full_sync().state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)


def test_a_file_that_is_gone_is_made_again(marketo_with_list, sandbox):
    sandbox.add_fault("missing_file", FILE)
    run = full_sync()
    assert run.state == "SUCCEEDED"
    assert sandbox.calls()["/bulk/v1/leads/export/create.json"] == 2
    assert people_here() == expected_people(sandbox)


def test_a_file_that_stays_gone_fails_the_run(marketo_with_list, sandbox):
    sandbox.add_fault("missing_file", FILE, times=0)
    run = full_sync()
    assert (run.state, refreshed(marketo_with_list).sync_state) == ("FAILED", "OFF")
    assert run.error


def test_duplicate_rows_count_as_unchanged(marketo_with_list, sandbox):
    full_sync()
    sandbox.change_lead(next(iter(people_here())), title="Twice")
    sandbox.add_fault("duplicate_rows", FEEDS, times=0)
    run = cycle()
    assert run.written == 1


def test_a_repeated_page_does_not_loop(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(scan_rows=1)
    for marketo_id in list(people_here())[:3]:
        sandbox.change_lead(marketo_id, title="Changed")
    sandbox.add_fault("repeated_token", FEEDS, times=2)
    cycle()
    assert people_here() == expected_people(sandbox)


def test_a_vendor_that_stays_away_is_tried_later_and_later(marketo, sandbox):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    fault = sandbox.add_fault("error", LEADS, code="611", times=0)
    now = timezone.now()
    waits = []
    for _ in range(3):
        advance(now=now)
        assert refreshed(run).state == "WAITING"
        assert run.error
        waits.append((run.resume_at - now).total_seconds())
        now = run.resume_at
    assert waits[0] < waits[1] < waits[2]
    sandbox.clear_faults()
    assert fault
    while refreshed(run).is_open:
        advance(now=now)
        now += timedelta(seconds=1)
    assert (run.state, run.error) == ("SUCCEEDED", "")
    assert people_here() == expected_people(sandbox)


def test_the_daily_quota_pauses_the_connection_until_it_is_new(marketo, sandbox):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    sandbox.add_fault("error", LEADS, code="607", message="Daily quota reached", skip=29)
    drive_until(lambda: refreshed(run).state == "WAITING")
    refreshed(marketo)
    assert (marketo.state, marketo.state_code) == ("PAUSED_UNTIL", "607")
    assert marketo.paused_until == run.resume_at > timezone.now()
    calls = sandbox.calls()
    assert not advance(now=timezone.now())
    assert sandbox.calls() == calls


def test_our_own_cap_pauses_until_it_is_raised(marketo, sandbox):
    MarketoConnection.objects.update(daily_call_cap=40)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(lambda: refreshed(run).state == "WAITING")
    assert (refreshed(marketo).state, marketo.state_code) == ("PAUSED_UNTIL", "")
    assert not advance(now=timezone.now())
    MarketoConnection.objects.update(daily_call_cap=50_000)
    assert advance(now=timezone.now())
    assert refreshed(marketo).state == "CONNECTED"
    drive(run)
    assert people_here() == expected_people(sandbox)


def test_the_daily_megabytes_stop_only_the_export(marketo_with_list, sandbox):
    full_sync()
    sandbox.add_fault(
        "error",
        "/bulk/v1/leads/export/create.json",
        code="1029",
        message="Export daily quota 500MB exceeded.",
        times=0,
    )
    run = start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(lambda: refreshed(run).state == "WAITING")
    assert run.resume_at > timezone.now()
    assert refreshed(marketo_with_list).state == "CONNECTED"
    sandbox.change_lead(next(iter(people_here())), title="Meanwhile")
    cycle()
    assert people_here() == expected_people(sandbox)


def test_a_full_export_queue_is_waited_for(marketo_with_list, sandbox):
    sandbox.add_fault(
        "error", "/bulk/*/enqueue.json", code="1029", message="Too many jobs in queue"
    )
    run = start_initial_sync(requested_by=None, now=timezone.now())
    now = timezone.now()
    advance(now=now)
    assert refreshed(run).state == "WAITING"
    drive_later(run, now + timedelta(minutes=5))
    assert run.state == "SUCCEEDED"
    assert sandbox.calls()["/bulk/v1/leads/export/create.json"] == 1


def drive_later(run, now):
    while refreshed(run).is_open:
        advance(now=now)
        now += timedelta(seconds=1)


def test_a_job_that_is_queued_already_is_as_good(marketo_with_list, sandbox):
    sandbox.add_fault("reset", "/bulk/*/enqueue.json", committed=True)
    assert full_sync().state == "SUCCEEDED"
    assert sandbox.calls()["/bulk/v1/leads/export/create.json"] == 1


def test_a_changed_secret_needs_attention_and_ends_well(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(client_secret="another one")
    sandbox.expire_tokens()
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    advance(now=timezone.now())
    refreshed(marketo_with_list)
    assert marketo_with_list.state == "NEEDS_ATTENTION"
    assert "client ID and secret" in marketo_with_list.state_reason
    sandbox.set_limits(client_secret=marketo_with_list.client_secret)
    run = SyncRun.objects.get(kind="INCREMENTAL", state="WAITING")
    assert advance(now=run.resume_at)
    assert refreshed(marketo_with_list).state == "CONNECTED"
    assert refreshed(run).state == "SUCCEEDED"


def test_a_lost_permission_needs_attention_and_is_named(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(permissions=["Read-Only Lead"])
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    advance(now=timezone.now())
    refreshed(marketo_with_list)
    assert (marketo_with_list.state, marketo_with_list.state_code) == ("NEEDS_ATTENTION", "603")
    assert "“Read-Only Activity”" in marketo_with_list.state_reason
    run = SyncRun.objects.get(kind="INCREMENTAL")
    assert run.error == marketo_with_list.state_reason


def test_a_request_that_marketo_refuses_for_good_fails_the_run(marketo, sandbox):
    sandbox.add_fault("error", LEADS, code="1003", message="Invalid data", times=0)
    run = drive(start_initial_sync(requested_by=None, now=timezone.now()))
    assert (run.state, run.error, run.error_code) == ("FAILED", "Invalid data", "1003")


def test_a_failed_cycle_is_tried_again_later(marketo_with_list, sandbox):
    full_sync()
    sandbox.change_lead(next(iter(people_here())), title="Changed")
    sandbox.add_fault("error", LEADS, code="1003", message="Invalid data", times=1)
    assert cycle().state == "FAILED"
    assert refreshed(marketo_with_list).next_cycle_at > timezone.now()
    assert cycle().state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)


def test_a_failed_cycle_rests_although_its_leads_are_still_marked(live, sandbox):
    sandbox.change_lead(next(iter(people_here())), title="Changed")
    fault = sandbox.add_fault("error", LEADS, code="1003", message="Invalid data", times=0)
    assert cycle().state == "FAILED"
    calls = sandbox.calls()
    assert not advance(now=timezone.now() + timedelta(minutes=9))
    assert sandbox.calls() == calls
    assert fault
    sandbox.clear_faults()
    assert advance(now=timezone.now() + timedelta(minutes=11))
    assert people_here() == expected_people(sandbox)


def test_a_cycle_that_crashed_for_good_rests_too(live, sandbox, monkeypatch):
    sandbox.change_lead(next(iter(people_here())), title="Changed")
    monkeypatch.setattr(hydrate, "_read_leads", lambda *_: 1 / 0)
    now = timezone.now()
    MarketoConnection.objects.update(next_cycle_at=now)
    for minutes in range(0, MOST_CRASHES * 2, 2):
        with pytest.raises(ZeroDivisionError):
            advance(now=now + timedelta(minutes=minutes))
    assert SyncRun.objects.filter(kind="INCREMENTAL", state="FAILED").count() == 1
    assert not advance(now=now + timedelta(minutes=MOST_CRASHES * 2))


def test_a_field_that_disappears_is_done_without(live, sandbox):
    marketo_id = next(iter(people_here()))
    sandbox.set_limits(hidden_fields=["title"])
    sandbox.change_lead(marketo_id, firstName="Changed")
    assert cycle().state == "SUCCEEDED"
    assert people_here()[marketo_id]["first_name"] == "Changed"
    assert "title" not in refreshed(live).described_fields


def test_a_field_that_disappears_before_an_export_is_done_without(live, sandbox):
    sandbox.set_limits(hidden_fields=["title"])
    run = start_initial_sync(requested_by=None, now=timezone.now())
    SyncRun.objects.filter(pk=run.pk).update(checkpoint={"phase": "read", "had_people": True})
    SyncRun.objects.filter(pk=run.pk).update(strategy="SMART_LIST")
    advance(now=timezone.now())
    assert refreshed(run).state in {"RUNNING", "WAITING"}
    assert "title" not in refreshed(live).described_fields


def test_without_the_fields_that_tell_who_is_a_person_nobody_is_removed(live, sandbox):
    before = people_here()
    sandbox.set_limits(sfdc_fields=False)
    sandbox.change_lead(next(iter(before)), firstName="Changed")
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    advance(now=timezone.now())
    assert people_here() == before
    assert refreshed(live).state == "NEEDS_ATTENTION"
