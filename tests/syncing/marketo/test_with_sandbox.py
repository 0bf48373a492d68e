"""The client and the sandbox talk over TCP; what the sandbox knows of itself is the truth."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from syncing.errors import Ambiguous, Misconfigured, Permanent, QuotaExhausted, Transient
from syncing.marketo import CallBudget, Credentials, LeadExport, MarketoClient, Priority
from syncing.sandbox import (
    OWNERS,
    SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET,
    SANDBOX_SMART_LIST_ID,
)
from syncing.sandbox.testing import running_sandbox

LEADS = "/rest/v1/leads.json"
FILE = "/bulk/v1/leads/export/*/file.json"
FIELDS = ("id", "firstName", "lastName", "email", "company", "sfdcLeadOwnerId", "updatedAt")
SMART_LIST = {"smartListId": SANDBOX_SMART_LIST_ID}


@pytest.fixture(scope="module")
def running():
    with running_sandbox(people=400, seed=7, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    running.reset()
    return running


@pytest.fixture
def connect(sandbox, redis):
    clients = []

    def make(secret=SANDBOX_CLIENT_SECRET, priority=Priority.BACKGROUND):
        credentials = Credentials(f"{sandbox.base_url}/rest", SANDBOX_CLIENT_ID, secret)
        budget = CallBudget(redis, instance=credentials.base_url, calls=100_000)
        clients.append(MarketoClient(credentials, budget, priority))
        if secret == SANDBOX_CLIENT_SECRET:
            clients[-1].authenticate()  # a reset sandbox knows no older token
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


def sweep(client, sandbox, fields=FIELDS):
    """All leads by their ids, eight calls at a time."""
    ids = sorted(sandbox.leads())
    pages = [range(start, start + 20) for start in range(1, ids[-1] + 1, 20)]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda page: client.leads("id", page, fields), pages)
        return {lead.id: lead.values for leads in found for lead in leads}


def truth(sandbox, fields=FIELDS):
    return {
        number: {field: lead[field] for field in fields} for number, lead in sandbox.leads().items()
    }


def completed(client, sandbox, filter=SMART_LIST, fields=FIELDS):  # noqa: A002
    export = client.create_lead_export(fields, filter)
    client.enqueue_lead_export(export.export_id)
    deadline = time.monotonic() + 30
    while export.status != LeadExport.COMPLETED:
        assert time.monotonic() < deadline, export
        sandbox.advance_clock(60)  # a status is a minute old
        export = client.lead_export_status(export.export_id)
    return export


def drain(feed, token):
    """All of a feed from a token on."""
    items = []
    while True:
        page = feed(token)
        items += page.items
        token = page.next_token
        if not page.more:
            return items


def as_text(value):
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_threads_sweep_all_leads_and_get_every_value(client, sandbox):
    assert sweep(client, sandbox) == truth(sandbox)
    assert client.calls == sandbox.calls()[LEADS]


def test_an_export_holds_every_lead_with_an_owner_and_every_value(client, sandbox):
    export = completed(client, sandbox)

    batches = list(client.lead_export_rows(export))

    rows = [row for batch in batches for row in batch.rows]
    expected = [
        [as_text(lead[field]) for field in FIELDS]
        for lead in truth(sandbox).values()
        if lead["sfdcLeadOwnerId"] is not None
    ]
    assert sorted(rows) == sorted(expected)
    assert len(rows) == export.record_count
    assert batches[0].columns == FIELDS
    assert not any(batch.bad_rows for batch in batches)


def test_described_fields_may_be_asked_for_and_others_may_not(client, sandbox):
    names = [field.name for field in client.describe_leads()]
    assert set(FIELDS) <= set(names)

    [lead] = client.leads("id", [min(sandbox.leads())], names)
    assert set(lead.values) == set(names)
    with pytest.raises(Permanent):
        client.leads("id", [lead.id], ["noSuchField"])


def test_feeds_tell_of_changes_owners_merges_and_deletions(client, sandbox):
    changed, given, loser, winner, deleted, *_ = sorted(sandbox.leads())
    since = client.mint_paging_token(datetime.now(UTC) - timedelta(seconds=1))
    sandbox.advance_clock(5)

    sandbox.change_lead(changed, company="Other Inc.")
    sandbox.set_owner(given, OWNERS[3].salesforce_id)
    sandbox.merge_leads(winner, [loser])
    sandbox.delete_lead(deleted)
    sandbox.advance_clock(5)

    changes = drain(lambda token: client.lead_changes(token, ["company"]), since)
    assert [item.fields for item in changes if item.lead_id == changed] == [("company",)]
    activities = drain(lambda token: client.activities(token, [23, 32]), since)
    assert given in {item.lead_id for item in activities if item.activity_type_id == 23}
    [merge] = [item for item in activities if item.activity_type_id == 32]
    assert (merge.lead_id, merge.primary_value_id) == (winner, winner)
    assert str(loser) in str(merge.attributes["Merge IDs"])
    [deletion] = drain(client.deleted_leads, since)
    assert (deletion.lead_id, deletion.activity_type_id) == (deleted, 37)


def backlog(client, sandbox):
    """Thirty changes and, where the first page of them begins, a token."""
    sandbox.change_settings(scan_rows=5)
    since = client.mint_paging_token(datetime.now(UTC) - timedelta(seconds=1))
    sandbox.advance_clock(5)
    changed = sorted(sandbox.leads())[:30]
    for lead_id in changed:
        sandbox.change_lead(lead_id, company="Other Inc.")
        sandbox.set_owner(lead_id, OWNERS[4].salesforce_id)
    sandbox.advance_clock(5)
    return since, changed


def test_a_backlog_of_many_pages_is_told_to_its_end(client, sandbox):
    since, changed = backlog(client, sandbox)
    calls = client.calls

    changes = drain(lambda token: client.lead_changes(token, ["company"]), since)

    assert sorted(change.lead_id for change in changes if change.fields) == changed
    assert client.calls - calls > 6


def test_opportunity_roles_are_those_of_the_people_asked_for(client, sandbox):
    roles = sandbox.roles()
    leads = sorted({role["leadId"] for role in roles})[:300]

    found = client.opportunity_roles(leads)

    expected = {
        (role["leadId"], role["externalOpportunityId"]) for role in roles if role["leadId"] in leads
    }
    assert {(role.lead_id, role.opportunity_id) for role in found} == expected


def test_activity_types_and_usage_can_be_read(client, sandbox):
    assert {23, 32, 37} <= {kind.id for kind in client.activity_types()}
    assert client.usage_last_7_days()[-1].total >= 1


# Faults


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "code": "604"},
        {"kind": "error", "code": "713"},
        {"kind": "http", "status": 502},
        {"kind": "http", "status": 500, "committed": True},
        {"kind": "reset"},
        {"kind": "empty"},
        {"kind": "truncated_json"},
        {"kind": "no_result"},
        {"kind": "expired_token", "times": 1},
        {"kind": "revoked_token", "times": 1},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
def test_a_sweep_through_faults_is_complete(client, sandbox, fault):
    sandbox.add_fault(endpoint=LEADS, skip=4, **{"times": 3, **fault})

    assert sweep(client, sandbox) == truth(sandbox)


def test_a_sweep_goes_on_when_its_token_ends_midway(client, sandbox):
    sweep(client, sandbox)
    sandbox.expire_tokens()
    assert sweep(client, sandbox) == truth(sandbox)
    sandbox.advance_clock(2 * 3600)
    assert sweep(client, sandbox) == truth(sandbox)
    # One for each, although eight calls at a time found out.
    assert sandbox.calls()["/identity/oauth/token"] == 3


def test_a_search_with_rows_twice_gives_each_lead_once(client, sandbox):
    sandbox.add_fault("duplicate_rows", LEADS, times=0)

    assert sweep(client, sandbox) == truth(sandbox)


def test_a_feed_that_repeats_its_token_is_not_followed_for_ever(client, sandbox):
    since, _ = backlog(client, sandbox)
    sandbox.add_fault("repeated_token", "/rest/v1/activities/leadchanges.json")

    with pytest.raises(Transient, match="repeats"):
        client.lead_changes(since, ["company"])


def test_a_feed_goes_on_after_a_row_that_cannot_be_read(client, sandbox):
    since, _ = backlog(client, sandbox)
    feed = "/rest/v1/activities/leadchanges.json"
    whole = client.lead_changes(since, ["company"])
    sandbox.add_fault("odd_row", feed, values={"fields": [{"id": 48}]})

    page = client.lead_changes(since, ["company"])

    assert page.items == whole.items[1:]
    assert (page.next_token, len(page.bad_rows)) == (whole.next_token, 1)


def test_a_role_outside_of_salesforce_has_no_opportunity(client, sandbox):
    role = sandbox.roles()[0]
    sandbox.add_fault(
        "odd_row", "/rest/v1/opportunities/roles.json", values={"externalOpportunityId": None}
    )

    assert client.opportunity_roles([role["leadId"]])[0].opportunity_id == ""


def test_the_size_of_an_export_may_be_written_as_text(client, sandbox):
    export = client.create_lead_export(["id"], {"smartListId": SANDBOX_SMART_LIST_ID})
    sandbox.add_fault("odd_row", "*/status.json", values={"fileSize": "123"})

    assert client.lead_export_status(export.export_id).file_size == 123


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "reset", "committed": True},
        {"kind": "http", "status": 502, "committed": True},
        {"kind": "empty"},
        {"kind": "error", "code": "611", "committed": True},
    ],
)
def test_an_export_that_may_have_been_created_is_not_created_again(client, sandbox, fault):
    sandbox.add_fault(endpoint="/bulk/v1/leads/export/create.json", **fault)

    with pytest.raises(Ambiguous):
        client.create_lead_export(FIELDS, SMART_LIST)

    assert sandbox.calls()["/bulk/v1/leads/export/create.json"] == 1


@pytest.mark.parametrize("fault", [{"kind": "reset", "committed": True}, {"kind": "empty"}])
def test_an_export_is_enqueued_once_whatever_the_answer(client, sandbox, fault):
    sandbox.add_fault(endpoint="/bulk/v1/leads/export/*/enqueue.json", **fault)

    export = completed(client, sandbox)

    assert sum(len(batch.rows) for batch in client.lead_export_rows(export)) == export.record_count


@pytest.mark.parametrize("lost", [1, 1000, 20_000])
def test_a_download_that_breaks_again_and_again_is_whole(client, sandbox, lost):
    export = completed(client, sandbox)
    sandbox.add_fault("truncated_file", FILE, times=4, bytes=lost)
    sandbox.add_fault("expired_token", FILE, times=1, skip=2)

    rows = [row for batch in client.lead_export_rows(export) for row in batch.rows]

    assert len(rows) == export.record_count


def test_a_file_that_is_missing_although_completed_is_told(client, sandbox):
    export = completed(client, sandbox)
    sandbox.add_fault("missing_file", FILE)

    with pytest.raises(Permanent) as error:
        list(client.lead_export_rows(export))

    assert error.value.code == "404"


# Limits and features


def test_a_day_used_up_in_mid_run_stops_the_run_and_all_others(connect, sandbox):
    client, other = connect(), connect(priority=Priority.INTERACTIVE)
    client.describe_leads()
    sandbox.set_limits(limits=True, daily_calls=3, rate_calls=100_000)
    client.describe_leads()
    client.describe_leads()

    with pytest.raises(QuotaExhausted) as stop:
        client.describe_leads()
    with pytest.raises(QuotaExhausted):
        other.describe_leads()

    assert timedelta(0) < stop.value.resets_at - datetime.now(UTC) <= timedelta(hours=25)
    assert sum(sandbox.calls().values()) - sandbox.calls().get("/identity/oauth/token", 0) == 4


def test_other_integrations_that_use_up_the_rate_limit_make_us_rest(connect, sandbox):
    client = connect(priority=Priority.INTERACTIVE)
    sandbox.set_limits(limits=True, rate_calls=2)
    client.describe_leads()
    client.describe_leads()

    with pytest.raises(Transient) as error:
        client.describe_leads()

    assert (error.value.code, error.value.retry_after >= 20) == ("606", True)
    with pytest.raises(Transient):
        client.describe_leads()
    assert sandbox.calls()["/rest/v1/leads/describe2.json"] == 3


def test_used_up_megabytes_stop_exports_until_the_day_ends(client, sandbox):
    completed(client, sandbox)
    sandbox.set_limits(limits=True, export_daily_bytes=1, rate_calls=100_000)

    with pytest.raises(QuotaExhausted) as stop:
        client.create_lead_export(FIELDS, SMART_LIST)

    assert stop.value.code == "1029"
    assert client.describe_leads()


def test_a_full_export_queue_is_for_later(client, sandbox):
    sandbox.set_limits(limits=True, exports_queued=1, rate_calls=100_000, export_seconds=600)
    exports = [client.create_lead_export(FIELDS, SMART_LIST) for _ in range(2)]
    client.enqueue_lead_export(exports[0].export_id)

    with pytest.raises(Transient) as error:
        client.enqueue_lead_export(exports[1].export_id)

    assert error.value.code == "1029"
    assert error.value.retry_after == 60


def test_a_queued_export_can_be_queued_again_and_cancelled(client, sandbox):
    sandbox.set_limits(export_seconds=600, export_queue_seconds=600)
    export = client.create_lead_export(FIELDS, SMART_LIST)
    client.enqueue_lead_export(export.export_id)

    assert client.enqueue_lead_export(export.export_id).export_id == export.export_id

    assert client.cancel_lead_export(export.export_id).status == LeadExport.CANCELLED


def test_what_an_instance_cannot_do_is_told_by_its_code(client, sandbox):
    sandbox.set_limits(opportunity_roles=False, updated_at_filter=False)
    window = {"startAt": "2026-11-01T00:00:00Z", "endAt": "2026-11-02T00:00:00Z"}

    with pytest.raises(Permanent) as no_filter:
        client.create_lead_export(FIELDS, {"updatedAt": window})
    with pytest.raises(Permanent) as no_roles:
        client.opportunity_roles([1])

    assert (no_filter.value.code, no_roles.value.code) == ("1035", "1018")


def test_a_missing_permission_is_told(client, sandbox):
    sandbox.set_limits(permissions=["Read-Only Activity"])

    with pytest.raises(Misconfigured) as error:
        client.leads("id", [1], ["id"])

    assert error.value.setting == "permissions"


def test_wrong_credentials_are_told(connect):
    with pytest.raises(Misconfigured) as error:
        connect(secret="wrong").authenticate()

    assert error.value.setting == "credentials"


def test_too_many_matches_are_an_error_for_good(client, sandbox):
    sandbox.reset(people=2000)

    with pytest.raises(Permanent) as error:
        client.leads("sfdcLeadOwnerId", [owner.salesforce_id for owner in OWNERS], FIELDS)

    assert error.value.code == "1003"


def test_a_long_search_by_email_finds_all(client, sandbox):
    emails = sorted({lead["email"] for lead in sandbox.leads().values() if lead["email"]})[:300]

    found = client.leads("email", emails, ["id", "email"])

    assert {lead.values["email"].lower() for lead in found} == {email.lower() for email in emails}
