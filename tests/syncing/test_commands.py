import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.engine import advance
from syncing.people_sync.services import pause_sync, start_initial_sync
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, SANDBOX_SMART_LIST_ID
from tests.syncing.people_sync.driving import expected_people, people_here

pytestmark = pytest.mark.django_db


def connect(sandbox, **options):
    out = io.StringIO()
    defaults = {
        "base_url": sandbox.base_url,
        "client_id": SANDBOX_CLIENT_ID,
        "client_secret": SANDBOX_CLIENT_SECRET,
    }
    call_command("connect_marketo", stdout=out, **(defaults | options))
    return out.getvalue()


def sync(**options):
    out = io.StringIO()
    call_command("sync_people", json=True, stdout=out, **options)
    (line,) = out.getvalue().splitlines()
    return json.loads(line)


def test_connecting_says_to_what(sandbox):
    assert sandbox.base_url in connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    assert MarketoConnection.objects.get().smart_list_id == SANDBOX_SMART_LIST_ID


def test_connecting_says_what_is_wrong(sandbox):
    with pytest.raises(CommandError, match="client ID and secret"):
        connect(sandbox, client_secret="wrong")
    with pytest.raises(CommandError, match="https"):
        connect(sandbox, base_url="http://example.com")
    assert not MarketoConnection.objects.exists()


def test_the_first_sync_brings_everybody(sandbox):
    connect(sandbox)
    summary = sync()
    assert summary["state"] == "succeeded"
    assert summary["read"] == len(sandbox.leads())
    assert summary["read"] == summary["kept"] + sum(summary["skipped"].values())
    assert summary["written"] == summary["kept"] == len(people_here())
    assert set(summary["skipped"]) == {"no_owner", "not_in_crm", "queue_owner"}
    assert (summary["problems"], summary["unchanged"]) == (0, 0)
    assert summary["api_calls"] > 0
    assert summary["seconds"] > 0
    assert people_here() == expected_people(sandbox)


def test_the_next_sync_brings_what_changed(sandbox):
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    sync()
    sandbox.change_lead(next(iter(people_here())), title="Changed")
    assert sync()["written"] == 1
    assert people_here() == expected_people(sandbox)
    idle = sync()
    assert (idle["state"], idle["read"], idle["api_calls"]) == ("succeeded", 0, 3)


def test_a_full_sync_without_changes_writes_nothing(sandbox):
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    first = sync()
    again = sync(full=True)
    assert (again["written"], again["unchanged"]) == (0, first["kept"])


def test_a_run_that_was_interrupted_goes_on(sandbox):
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    pause_sync()
    assert sync()["state"] == "succeeded"
    assert SyncRun.objects.get().pk == run.pk


def test_a_failure_is_told_and_ends_with_an_error(sandbox):
    connect(sandbox)
    sandbox.add_fault("error", "/rest/v1/leads.json", code="1003", message="No", times=0)
    out = io.StringIO()
    with pytest.raises(CommandError, match="No"):
        call_command("sync_people", json=True, stdout=out)
    assert json.loads(out.getvalue())["state"] == "failed"


def test_a_used_up_quota_ends_with_an_error_at_once(sandbox):
    connect(sandbox)
    sandbox.add_fault("error", "/rest/v1/leads.json", code="607", message="Quota", times=0)
    with pytest.raises(CommandError, match="quota"):
        sync()


def test_a_connection_that_rests_ends_it_at_once_with_the_reason(live):
    MarketoConnection.objects.update(
        state="NEEDS_ATTENTION",
        state_reason="Look at the secret.",
        paused_until=timezone.now() + timedelta(hours=5),
    )
    with pytest.raises(CommandError, match="Look at the secret"):
        sync()


def test_a_vendor_that_stays_away_ends_it_with_the_reason(live, sandbox, monkeypatch):
    monkeypatch.setattr("syncing.people_sync.outcomes.SHORTEST_BACKOFF", 0.01)
    sandbox.add_fault("error", "/rest/*", code="611", message="Down for now", times=0)
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    advance(now=timezone.now())
    with pytest.raises(CommandError, match="Down for now"):
        sync()


def test_it_says_that_it_resumed_a_paused_sync(live):
    pause_sync()
    out = io.StringIO()
    call_command("sync_people", stdout=out)
    assert out.getvalue().splitlines()[0] == "The sync was paused; it goes on."


def test_without_a_connection_it_says_what_to_do(db):
    with pytest.raises(CommandError, match="connect_marketo"):
        sync()


def test_people_read_a_sentence(sandbox):
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    out = io.StringIO()
    call_command("sync_people", stdout=out)
    assert out.getvalue().startswith("Succeeded: ")
