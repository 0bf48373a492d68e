import pytest
from django.db import connection
from django.utils import timezone

from people.models import DuplicateEmail, Person, PersonChange
from syncing.models import DirtyLead, FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.engine import advance
from syncing.people_sync.indexes import INDEXES
from syncing.people_sync.services import start_initial_sync
from syncing.sandbox import SANDBOX_SMART_LIST_ID
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import (
    cycle,
    drive_until,
    expected_people,
    full_sync,
    people_here,
    refreshed,
)

pytestmark = pytest.mark.django_db


def assert_counts_add_up(run):
    assert run.read == run.kept + sum(run.skipped.values())
    assert run.kept == run.written + run.unchanged


@pytest.fixture(params=["SMART_LIST", "ID_SWEEP", "CREATED_AT"])
def strategy(request, sandbox, db):
    """The connection set up so that full runs go this way."""
    smart_list_id = SANDBOX_SMART_LIST_ID if request.param == "SMART_LIST" else None
    connect(sandbox, smart_list_id=smart_list_id)
    if request.param == "CREATED_AT":
        # Too few calls for a sweep, enough for the rest.
        MarketoConnection.objects.update(daily_call_cap=1_000)
        sandbox.control("create_lead", values={"id": 2_000_000, "lastName": "Far"})
    return request.param


def test_everybody_who_qualifies_arrives_as_in_marketo(strategy, sandbox):
    run = full_sync()
    assert (run.state, run.strategy) == ("SUCCEEDED", strategy)
    assert people_here() == expected_people(sandbox)
    assert run.written == run.kept == len(people_here())
    assert run.finished_at
    assert run.progress == 1
    assert_counts_add_up(run)


def test_a_full_run_without_changes_writes_nothing(strategy, sandbox):
    full_sync()
    before = list(Person.objects.order_by("pk").values_list())
    run = full_sync()
    assert (run.state, run.written, run.removed) == ("SUCCEEDED", 0, 0)
    assert run.unchanged == run.kept == len(before)
    assert list(Person.objects.order_by("pk").values_list()) == before
    assert_counts_add_up(run)


def test_a_full_run_finds_who_vanished(strategy, sandbox):
    full_sync()
    deleted, ownerless, out_of_crm, changed = list(people_here())[:4]
    sandbox.delete_lead(deleted)
    sandbox.set_owner(ownerless, None)
    sandbox.delete_from_salesforce(out_of_crm)
    sandbox.change_lead(changed, title="Chief Happiness Officer")
    # As if the feeds had not told.
    FeedCursor.objects.all().delete()
    run = full_sync()
    assert run.removed == 3
    assert people_here() == expected_people(sandbox)
    reasons = Person.objects.filter(state="REMOVED").values_list("marketo_id", "removed_reason")
    assert dict(reasons) == {
        deleted: "DELETED",
        ownerless: "OWNER_LOST",
        out_of_crm: "NOT_IN_CRM",
    }
    assert_counts_add_up(run)


def test_the_sync_is_live_after_the_first_run(marketo):
    full_sync()
    marketo.refresh_from_db()
    assert marketo.sync_state == "LIVE"
    assert marketo.next_reconcile_at > marketo.next_cycle_at
    assert FeedCursor.objects.count() == 3
    assert not DirtyLead.objects.exists()


def test_the_reasons_for_skipping_are_counted(marketo, sandbox):
    run = full_sync()
    leads = sandbox.leads().values()
    assert run.read == len(leads)
    queues = [lead for lead in leads if (lead["sfdcLeadOwnerId"] or "").startswith("00G")]
    not_in_crm = [lead for lead in leads if lead["sfdcType"] not in {"Lead", "Contact"}]
    assert run.skipped["QUEUE_OWNER"] == len(queues)
    assert run.skipped["NOT_IN_CRM"] == len(not_in_crm)
    assert set(run.skipped) == {"QUEUE_OWNER", "NOT_IN_CRM", "NO_OWNER"}
    assert run.is_total_exact
    assert run.total == run.read


def test_duplicate_addresses_are_counted_after_a_load(marketo_with_list, sandbox):
    full_sync()
    addresses = [row["email"].lower() for row in people_here().values() if row["email"]]
    expected = {each: addresses.count(each) for each in addresses if addresses.count(each) > 1}
    assert expected
    assert dict(DuplicateEmail.objects.values_list("email", "people")) == expected


def test_a_refused_smart_list_falls_back_to_the_sweep_and_is_remembered(marketo_with_list, sandbox):
    sandbox.set_limits(smart_list_filter=False)
    run = full_sync()
    assert (run.state, run.strategy) == ("SUCCEEDED", "ID_SWEEP")
    assert "smart list" in run.note
    assert people_here() == expected_people(sandbox)
    assert refreshed(marketo_with_list).capabilities["smart_list_export"] is False
    created = sandbox.calls()["/bulk/v1/leads/export/create.json"]
    full_sync()
    assert sandbox.calls()["/bulk/v1/leads/export/create.json"] == created


def test_without_opportunity_roles_the_ids_stay_empty_with_a_note(marketo_with_list, sandbox):
    sandbox.set_limits(opportunity_roles=False)
    run = full_sync()
    assert run.state == "SUCCEEDED"
    assert "opportunity" in run.note
    assert not Person.objects.exclude(salesforce_opportunity_id="").exists()
    assert refreshed(marketo_with_list).capabilities["opportunity_roles"] is False


def test_a_missing_linkedin_field_is_a_note(sandbox, db):
    sandbox.set_limits(linkedin_field="")
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)
    run = full_sync()
    assert run.state == "SUCCEEDED"
    assert "linkedInProfileURL" in run.note
    assert not Person.objects.exclude(linkedin_url="").exists()


def test_the_linkedin_field_may_have_another_name(sandbox, db):
    sandbox.set_limits(linkedin_field="customLinkedIn")
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID, linkedin_field="customLinkedIn")
    full_sync()
    truth = {lead["id"]: lead["customLinkedIn"] or "" for lead in sandbox.leads().values()}
    assert any(truth.values())
    for person in Person.objects.all():
        assert person.linkedin_url == truth[person.marketo_id]


def test_an_instance_without_salesforce_fields_needs_attention(sandbox, db):
    sandbox.set_limits(sfdc_fields=False)
    marketo = connect(sandbox)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    advance(now=timezone.now())
    assert refreshed(run).state == "WAITING"
    assert refreshed(marketo).state == "NEEDS_ATTENTION"
    assert "sfdcType" in marketo.state_reason


def test_a_person_edited_while_the_sync_runs_comes_with_the_next_cycle(marketo, sandbox):
    start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(people_here)
    for marketo_id in people_here():
        sandbox.change_lead(marketo_id, title="Edited")
    run = drive_until(SyncRun.objects.filter(state="SUCCEEDED").first)
    assert run.kind == "INITIAL"
    cycle()
    assert people_here() == expected_people(sandbox)


def test_opportunities_bring_no_history_to_those_without_change(marketo_with_list, sandbox):
    full_sync()
    count = PersonChange.objects.count()
    full_sync()
    assert PersonChange.objects.count() == count


def test_an_empty_instance_is_synced_too(sandbox, db):
    sandbox.reset(people=1)
    for lead_id in sandbox.leads():
        sandbox.delete_lead(lead_id)
    connect(sandbox)
    run = full_sync()
    assert (run.state, run.read) == ("SUCCEEDED", 0)


@pytest.mark.django_db(transaction=True)
def test_all_indexes_are_there_after_a_big_load(marketo_with_list, sandbox, monkeypatch):
    monkeypatch.setattr("syncing.people_sync.extract.WORTH_DROPPING_INDEXES", 1)
    full_sync()
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "people_person")
    assert {index.name for index in INDEXES} <= set(constraints)
    assert people_here() == expected_people(sandbox)
    assert DuplicateEmail.objects.exists()


def test_the_planner_knows_the_people_after_a_full_run(marketo_with_list):
    full_sync()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'people_person'::regclass")
        assert cursor.fetchone() == (Person.objects.count(),)


def test_only_one_full_run_is_open(marketo):
    first = start_initial_sync(requested_by=None, now=timezone.now())
    assert start_initial_sync(requested_by=None, now=timezone.now()) == first
    assert SyncRun.objects.count() == 1
