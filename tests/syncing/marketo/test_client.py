import gzip
import json
import threading
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from syncing.errors import Ambiguous, Permanent, Transient
from syncing.marketo import Activity, LeadChange, LeadExport, OpportunityRole, Priority

from .canned import CUT_CONNECTION, canned_server, failure, raw_answer, success

CHANGE = {
    "marketoGUID": "1078",
    "leadId": 775,
    "activityDate": "2026-08-01T22:31:49+0000",
    "activityTypeId": 13,
    "fields": [{"id": 48, "name": "firstName", "newValue": "Ann", "oldValue": None}],
}
OWNER_CHANGE = {
    "id": 5,
    "marketoGUID": "102988",
    "leadId": 318581,
    "activityDate": "2026-08-01T23:32:19Z",
    "activityTypeId": 23,
    "primaryAttributeValueId": 71,
    "primaryAttributeValue": "Sam Seller",
    "attributes": [{"name": "Owner", "value": "Sam"}, {"name": "Old Owner"}],
}
EXPORT = {"exportId": "ce45", "format": "CSV", "status": "Created"}


def test_the_fields_of_leads_come_from_describe2(client_of):
    fields = [
        {"name": "email", "displayName": "Email Address", "dataType": "email", "length": 255},
        {"name": "leadScore", "displayName": "Score", "dataType": "integer"},
    ]
    with canned_server(success([{"name": "API Lead", "fields": fields}])) as server:
        described = client_of(server).describe_leads()

    assert [(field.name, field.data_type, field.length) for field in described] == [
        ("email", "email", 255),
        ("leadScore", "integer", None),
    ]
    assert server.requests[0].path == "/rest/v1/leads/describe2.json"


def test_the_token_travels_in_the_header_alone(client_of):
    with canned_server(success()) as server:
        client_of(server).leads("id", [1], ["id"])

    [request] = server.requests
    assert request.headers["Authorization"].startswith("Bearer cdf01657")
    assert "cdf01657" not in repr(request.query) + request.path


def test_a_search_follows_the_tokens_until_there_is_none(client_of):
    pages = [
        success([{"id": 1}, {"id": 2}], nextPageToken="A="),
        success([], nextPageToken="B="),
        success([{"id": 2}, {"id": 3}]),
    ]
    with canned_server(*pages) as server:
        leads = client_of(server).leads("email", ["a@x.com", "b@x.com"], ["id", "email"])

    assert [lead.id for lead in leads] == [1, 2, 3]
    assert [request.query.get("nextPageToken") for request in server.requests] == [None, "A=", "B="]
    assert server.requests[0].query["filterValues"] == "a@x.com,b@x.com"


def test_a_search_ends_where_marketo_says_that_there_is_no_more(client_of):
    with canned_server(success([{"id": 1}], nextPageToken="A", moreResult=False)) as server:
        assert len(client_of(server).leads("id", [1], ["id"])) == 1


def test_a_search_whose_token_comes_again_ends_in_an_error(client_of):
    pages = [success([{"id": number}], nextPageToken="AB"[number % 2]) for number in range(3)]
    with canned_server(*pages) as server, pytest.raises(Transient, match="repeats"):
        client_of(server).leads("id", [1], ["id"])


def test_values_of_a_lead_are_as_json_gave_them(client_of):
    row = {"id": 7, "email": None, "unsubscribed": False, "score": 3, "company": "Ü"}
    with canned_server(success([row])) as server:
        [lead] = client_of(server).leads("id", [7], list(row))

    assert lead.values == row


def test_no_match_is_no_error(client_of):
    with canned_server(success(), failure("702")) as server:
        client = client_of(server)
        assert [client.leads("id", [1], ["id"]) for _ in range(2)] == [[], []]


@pytest.mark.parametrize("rows", ["", ',"result":null'])
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.leads("id", [1], ["id"]),
        lambda client: client.opportunity_roles([1]),
        lambda client: client.describe_leads(),
    ],
    ids=["leads", "roles", "fields"],
)
def test_a_search_or_description_without_rows_is_asked_again_and_never_empty(client_of, call, rows):
    silent = raw_answer(f'{{"success":true{rows}}}'.encode(), kind="application/json")
    with canned_server(*[silent] * 3) as server, pytest.raises(Transient):
        call(client_of(server))

    assert len(server.requests) == 3


def test_a_long_search_goes_as_a_form(client_of):
    addresses = [f"somebody.with.a.long.name.{number}@example.com" for number in range(300)]
    with canned_server(success([{"id": 1}])) as server:
        client_of(server).leads("email", addresses, ["id", "email"])

    [request] = server.requests
    assert (request.method, request.query) == ("POST", {"_method": "GET"})
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.form["filterValues"].split(",") == addresses
    assert request.form["fields"] == "id,email"


def test_three_hundred_ids_fit_into_an_address(client_of):
    with canned_server(success()) as server:
        client_of(server).leads("id", range(10_000_000, 10_000_300), ["id", "email"])

    assert server.requests[0].method == "GET"


def test_where_forms_are_refused_smaller_addresses_do(client_of):
    addresses = [f"somebody.with.a.long.name.{number}@example.com" for number in range(300)]
    answers = [failure("605"), success([{"id": 1}]), success([{"id": 2}])]
    with canned_server(*answers) as server:
        leads = client_of(server).leads("email", addresses, ["id"])

    assert [lead.id for lead in leads] == [1, 2]
    assert [request.method for request in server.requests] == ["POST", "GET", "GET"]
    asked = [request.query.get("filterValues", "").split(",") for request in server.requests[1:]]
    assert [*asked[0], *asked[1]] == addresses


def test_a_method_refused_without_a_form_stays_an_error(client_of):
    with canned_server(failure("605")) as server, pytest.raises(Permanent) as error:
        client_of(server).leads("id", [1, 2], ["id"])

    assert error.value.code == "605"


def test_more_values_than_marketo_takes_are_not_sent(client_of):
    with canned_server() as server:
        client = client_of(server)
        with pytest.raises(ValueError, match="300"):
            client.leads("id", range(301), ["id"])
        with pytest.raises(ValueError, match="300"):
            client.opportunity_roles(range(301))
        with pytest.raises(ValueError, match="10"):
            client.activities("T", range(11))

    assert server.requests == []


def test_a_paging_token_is_asked_for_in_utc(client_of):
    berlin = timezone(timedelta(hours=2))
    with canned_server(success(nextPageToken="GIYD====")) as server:
        since = datetime(2026, 8, 1, 2, 0, 0, 999, tzinfo=berlin)
        assert client_of(server).mint_paging_token(since) == "GIYD===="

    assert server.requests[0].query == {"sinceDatetime": "2026-08-01T00:00:00Z"}


def test_no_token_is_no_place_to_begin(client_of):
    with canned_server(success()) as server, pytest.raises(Transient, match="no paging token"):
        client_of(server).mint_paging_token(datetime(2026, 8, 1, tzinfo=UTC))


def test_lead_changes_name_the_fields_that_changed(client_of):
    with canned_server(success([CHANGE], nextPageToken="N", moreResult=True)) as server:
        page = client_of(server).lead_changes("T==", ["firstName", "email"])

    happened_at = datetime(2026, 8, 1, 22, 31, 49, tzinfo=UTC)
    assert page.items == (LeadChange("1078", 775, happened_at, 13, ("firstName",)),)
    assert (page.next_token, page.more) == ("N", True)
    assert server.requests[0].query == {
        "nextPageToken": "T==",
        "fields": "firstName,email",
        "batchSize": "300",
    }


def test_activities_carry_their_attributes_by_name(client_of):
    with canned_server(success([OWNER_CHANGE], nextPageToken="N", moreResult=False)) as server:
        page = client_of(server).activities("T", [23, 32])

    happened_at = datetime(2026, 8, 1, 23, 32, 19, tzinfo=UTC)
    attributes = {"Owner": "Sam", "Old Owner": None}
    assert page.items == (
        Activity("102988", 318581, happened_at, 23, "Sam Seller", 71, attributes),
    )
    assert (page.next_token, page.more) == ("N", False)
    assert server.requests[0].query["activityTypeIds"] == "23,32"


ODD_CHANGES = [
    {**CHANGE, "marketoGUID": "2", "fields": [{"id": 48}]},
    {**CHANGE, "marketoGUID": "3", "activityDate": "soon"},
    {**CHANGE, "marketoGUID": "4", "leadId": 1e999},
    "nonsense",
]


def test_odd_rows_of_a_feed_are_left_out_and_told(client_of):
    rows = [*ODD_CHANGES, CHANGE]
    with canned_server(success(rows, nextPageToken="N", moreResult=True)) as server:
        page = client_of(server).lead_changes("T", ["firstName"])

    assert [change.marketo_guid for change in page.items] == ["1078"]
    assert [bad.reason.partition(": ")[0] for bad in page.bad_rows] == ["leadchanges.json"] * 4
    assert "name" in page.bad_rows[0].reason
    assert (page.next_token, page.more) == ("N", True)


def test_a_feed_gets_past_a_page_of_a_single_odd_row(client_of):
    with canned_server(success(ODD_CHANGES[:1], nextPageToken="N")) as server:
        page = client_of(server).lead_changes("T", ["firstName"])

    assert (page.items, len(page.bad_rows), page.next_token, page.more) == ((), 1, "N", True)


def test_a_whole_page_of_odd_rows_means_another_form(client_of):
    with canned_server(success(ODD_CHANGES, nextPageToken="N")) as server:
        client = client_of(server)
        with pytest.raises(Permanent, match="unexpected form"):
            client.lead_changes("T", ["firstName"])


def test_an_empty_page_of_a_feed_may_have_more_to_come(client_of):
    body = b'{"requestId":"a","success":true,"nextPageToken":"N","moreResult":true}'
    with canned_server(raw_answer(body, kind="application/json")) as server:
        page = client_of(server).deleted_leads("T")

    assert (page.items, page.next_token, page.more) == ((), "N", True)


@pytest.mark.parametrize(("rows", "more"), [([OWNER_CHANGE], True), ([], False)])
def test_a_feed_without_a_word_on_more_goes_on_while_there_are_rows(client_of, rows, more):
    with canned_server(success(rows, nextPageToken="N")) as server:
        assert client_of(server).deleted_leads("T").more is more


def test_a_feed_that_says_more_but_stays_where_it_is_ends_in_an_error(client_of):
    with (
        canned_server(success([], nextPageToken="T", moreResult=True)) as server,
        pytest.raises(Transient, match="repeats"),
    ):
        client_of(server).deleted_leads("T")


def test_the_end_of_a_feed_may_be_where_it_was(client_of):
    with canned_server(success([], nextPageToken="T", moreResult=False)) as server:
        page = client_of(server).deleted_leads("T")

    assert (page.next_token, page.more) == ("T", False)


def test_an_export_is_created_with_its_fields_and_its_one_filter(client_of):
    with canned_server(success([EXPORT])) as server:
        export = client_of(server).create_lead_export(["id", "email"], {"smartListId": 1001})

    assert (export.export_id, export.status) == ("ce45", LeadExport.CREATED)
    assert json.loads(server.requests[0].body) == {
        "format": "CSV",
        "fields": ["id", "email"],
        "filter": {"smartListId": 1001},
    }


def test_a_completed_export_tells_its_size_and_checksum(client_of):
    row = {
        **EXPORT,
        "status": "completed",
        "numberOfRecords": 1776,
        "fileSize": 400785,
        "fileChecksum": "sha256:83ac",
        "createdAt": "2026-08-01T10:00:00Z",
        "finishedAt": "2026-08-01T10:21:21Z",
    }
    with canned_server(success([row])) as server:
        export = client_of(server).lead_export_status("ce45")

    assert export.status == LeadExport.COMPLETED
    assert (export.record_count, export.file_size, export.checksum) == (1776, 400785, "sha256:83ac")
    assert export.finished_at - export.created_at == timedelta(minutes=21, seconds=21)
    assert server.requests[0].path == "/bulk/v1/leads/export/ce45/status.json"


@pytest.mark.parametrize("spelling", ["Canceled", "Cancelled", "cancelled"])
def test_cancelled_is_cancelled_in_every_spelling(client_of, spelling):
    with canned_server(success([{**EXPORT, "status": spelling}])) as server:
        assert client_of(server).cancel_lead_export("ce45").status == LeadExport.CANCELLED


def test_a_job_that_is_queued_already_is_queued(client_of):
    answers = [failure("1029", "Job already queued"), success([{**EXPORT, "status": "Queued"}])]
    with canned_server(*answers) as server:
        assert client_of(server).enqueue_lead_export("ce45").status == LeadExport.QUEUED

    assert [request.path.rpartition("/")[2] for request in server.requests] == [
        "enqueue.json",
        "status.json",
    ]


def test_enqueueing_may_be_repeated_but_creating_may_not(client_of):
    queued = success([{**EXPORT, "status": "Queued"}])
    with canned_server(CUT_CONNECTION, queued, CUT_CONNECTION) as server:
        client = client_of(server)
        assert client.enqueue_lead_export("ce45").status == LeadExport.QUEUED
        with pytest.raises(Ambiguous):
            client.create_lead_export(["id"], {"smartListId": 1})

    assert len(server.requests) == 3


def test_an_export_of_which_nothing_is_said_is_asked_for_later(client_of):
    with canned_server(success()) as server, pytest.raises(Transient):
        client_of(server).lead_export_status("ce45")


def test_opportunity_roles_are_each_given_once(client_of):
    role = {
        "seq": 0,
        "marketoGUID": "dff",
        "externalOpportunityId": "006x",
        "leadId": 1,
        "isPrimary": True,
        "createdAt": "2026-08-01T10:00:00Z",
    }
    with canned_server(success([role], nextPageToken="A"), success([role])) as server:
        roles = client_of(server).opportunity_roles([1, 2])

    created_at = datetime(2026, 8, 1, 10, tzinfo=UTC)
    assert roles == [OpportunityRole("dff", 1, "006x", "", True, created_at, None)]
    assert server.requests[0].query["filterValues"] == "1,2"


def test_roles_that_cannot_be_read_are_left_out(client_of):
    odd = [{"leadId": 1, "externalOpportunityId": "006y", "createdAt": "soon"}, {"leadId": "?"}]
    role = {"marketoGUID": "dff", "externalOpportunityId": "006x", "leadId": 1}
    with canned_server(success([*odd, role])) as server:
        [found] = client_of(server).opportunity_roles([1])

    assert found.opportunity_id == "006x"


@pytest.mark.parametrize("nothing", [{}, {"externalOpportunityId": None}], ids=["absent", "null"])
def test_a_role_in_an_opportunity_that_salesforce_does_not_know_has_no_id(client_of, nothing):
    with canned_server(success([{"marketoGUID": "dff", "leadId": 1, **nothing}])) as server:
        [found] = client_of(server).opportunity_roles([1])

    assert found.opportunity_id == ""


def test_usage_is_told_by_day_and_counts_in_the_budget(client_of, budget_of):
    today = budget_of().status().resets_at - timedelta(hours=12)
    rows = [
        {"date": "2026-08-01", "total": 1120, "users": [{"userId": "api@x", "count": 720}]},
        {"date": today.date().isoformat(), "total": 500},
    ]
    with canned_server(success(rows)) as server:
        client = client_of(server)
        usage = client.usage_last_7_days()
        status = budget_of(server.base_url).status()

    assert (usage[0].day, usage[0].total, usage[0].users) == (
        date(2026, 8, 1),
        1120,
        {"api@x": 720},
    )
    assert (status.own_calls_today, status.calls_today) == (1, 500)


def test_activity_types_may_have_no_primary_attribute(client_of):
    rows = [
        {"id": 12, "name": "New Lead", "attributes": [{"name": "Created Date"}]},
        {"id": 23, "name": "Change Owner", "primaryAttribute": {"name": "Owner"}},
    ]
    with canned_server(success(rows)) as server:
        new_lead, change_owner = client_of(server).activity_types()

    assert (new_lead.id, new_lead.primary_attribute) == (12, "")
    assert new_lead.attributes == ("Created Date",)
    assert change_owner.primary_attribute == "Owner"


def test_a_lead_without_an_id_is_an_error_for_else_it_would_seem_deleted(client_of):
    with (
        canned_server(success([{"id": 6}, {"id": "seven"}])) as server,
        pytest.raises(Permanent) as error,
    ):
        client_of(server).leads("id", [6, 7], ["id"])

    assert error.value.request_id == "a1#b2"


def test_answers_may_be_compressed(client_of):
    body = gzip.compress(b'{"requestId":"a","success":true,"result":[{"id":7}]}')
    answer = raw_answer(body, kind="application/json", headers=["Content-Encoding: gzip"])
    with canned_server(answer) as server:
        assert client_of(server).leads("id", [7], ["id"])[0].id == 7

    assert server.requests[0].headers["Accept-Encoding"] == "gzip"


def test_calls_and_bytes_are_counted_without_those_for_tokens(client_of):
    answer = success([{"id": 7}])
    with canned_server(answer, failure("604"), answer) as server:
        client = client_of(server, Priority.BACKGROUND)
        client.leads("id", [7], ["id"])
        client.leads("id", [7], ["id"])

    assert client.calls == 3
    assert client.bytes_downloaded > 100
    assert len(server.token_requests) == 1


def test_a_client_with_a_deadline_waits_for_no_answer_beyond_it(client_of):
    silence = threading.Event()

    def answer_late():
        silence.wait(30)
        return success()

    with canned_server(answer_late) as server:
        client_of(server).authenticate()
        client = client_of(server, within_seconds=1)
        started = time.monotonic()
        with pytest.raises(Transient, match="did not answer in time"):
            client.activities("token", [1])
        assert time.monotonic() - started < 10
        silence.set()


def test_past_its_deadline_a_client_calls_nobody(client_of):
    with canned_server() as server:
        client_of(server).authenticate()
        with pytest.raises(Transient, match="too late"):
            client_of(server, within_seconds=0).activities("token", [1])
        assert server.requests == []
