from datetime import timedelta

import pytest

from syncing.errors import Ambiguous, Misconfigured, Permanent, QuotaExhausted, Transient
from syncing.salesforce import (
    ApiSession,
    ApiUsage,
    CustomField,
    SalesforceClient,
    Verdict,
    format_soql,
    moment,
)
from tests.syncing.marketo.canned import CUT_CONNECTION, canned_server, json_answer, raw_answer
from tests.syncing.salesforce.conftest import signed_in

KEY = CustomField("Actions_Activity_Id__c", "Actions activity", "Text", 64, is_key=True)
TASK = {"Subject": "Email: Pricing", "Status": "Completed", "Priority": "Normal"}


def tasks(salesforce):
    return {task["Subject"]: task for task in salesforce.live()}


def keyed(key, **values):
    return {**TASK, KEY.name: key, **values}


def test_a_query_gives_every_row_of_every_page(client, salesforce):
    for _ in range(11):
        client.create("Task", [{**TASK, "Subject": f"Nr {n}"} for n in range(200)])

    rows = list(client.query("SELECT Id, Subject FROM Task"))

    assert len({row["Id"] for row in rows}) == 2_200
    assert salesforce.calls()["GET /services/data/v66.0/query/*"] == 1


def test_a_query_finds_deleted_records_when_asked_to(client, salesforce):
    (created,) = client.create("Task", [TASK])
    client.delete([created.record_id])

    assert list(client.query("SELECT Id FROM Task")) == []
    (found,) = client.query("SELECT Id, IsDeleted FROM Task", with_deleted=True)
    assert (found["Id"], found["IsDeleted"]) == (created.record_id, True)


def test_values_in_a_query_are_quoted(client):
    (created,) = client.create("Task", [{**TASK, "Subject": 'It\'s 100 % \\ "mine"'}])

    soql = format_soql("SELECT Id FROM Task WHERE Subject = {}", 'It\'s 100 % \\ "mine"')

    assert [row["Id"] for row in client.query(soql)] == [created.record_id]


def test_an_upsert_makes_a_record_once(client, salesforce):
    client.create_field(KEY)

    first = client.upsert("Task", KEY.name, [keyed("a"), keyed("b", Subject="Two")])
    again = client.upsert("Task", KEY.name, [keyed("a", Subject="One"), keyed("c")])

    assert [result.is_created for result in first + again] == [True, True, False, True]
    assert again[0].record_id == first[0].record_id
    assert set(tasks(salesforce)) == {"One", "Two", "Email: Pricing"}


def test_results_come_in_the_order_of_the_records_and_one_refusal_spoils_no_other(client):
    results = client.create("Task", [TASK, {**TASK, "Subject": "x" * 256}, TASK])

    assert [result.is_ok for result in results] == [True, False, True]
    (error,) = results[1].errors
    assert error.code == "STRING_TOO_LONG"
    assert error.rule.verdict is Verdict.INVALID


def test_records_are_updated_retrieved_and_deleted_by_their_ids(client):
    one, two = (result.record_id for result in client.create("Task", [TASK, TASK]))

    client.update("Task", [{"Id": one, "Subject": "New"}])
    assert client.delete([two])[0].is_ok

    found = client.retrieve("Task", [two, one], ["Id", "Subject"])
    assert found[0] is None
    assert found[1]["Subject"] == "New"


def test_more_records_than_salesforce_takes_are_never_sent(client, salesforce):
    with pytest.raises(ValueError, match="200"):
        client.create("Task", [TASK] * 201)
    assert salesforce.live() == []


def test_describe_tells_fields_their_lengths_and_values(client):
    task = client.describe("Task")

    assert task.is_createable
    assert task.fields["Subject"].length == 255
    assert "Completed" in task.fields["Status"].values
    assert not task.fields["TaskSubtype"].is_updateable


def test_changes_and_deletions_are_told_by_id(client, salesforce):
    kept, gone = (result.record_id for result in client.create("Task", [TASK, TASK]))
    client.delete([gone])
    begin, end = (
        client.server_time - timedelta(minutes=5),
        client.server_time + timedelta(minutes=5),
    )

    assert kept in client.updated("Task", since=begin, until=end).ids
    deleted = client.deleted("Task", since=begin, until=end)
    assert [row.record_id for row in deleted.records] == [gone]
    assert deleted.known_since < deleted.covered_until


def test_a_record_that_somebody_changed_meanwhile_is_left_alone(client, salesforce):
    (created,) = client.create("Task", [TASK])
    seen = moment(salesforce.record(created.record_id)["SystemModstamp"])

    with pytest.raises(Permanent) as refusal:
        client.update_unless_changed(
            "Task", created.record_id, {"Subject": "Mine"}, since=seen - timedelta(seconds=5)
        )

    assert refusal.value.code == "412"
    assert salesforce.record(created.record_id)["Subject"] == TASK["Subject"]


def test_every_answer_tells_how_much_of_the_limit_is_used(client, salesforce):
    salesforce.change_settings(daily_calls=5_000, other_calls=17)

    assert client.limits().most == 5_000
    assert client.usage == ApiUsage(18, 5_000)
    assert client.calls == 1


def test_the_usage_is_known_after_a_refusal_too(client, salesforce):
    salesforce.change_settings(daily_calls=5, other_calls=5)

    with pytest.raises(QuotaExhausted) as refusal:
        client.limits()

    assert refusal.value.code == "REQUEST_LIMIT_EXCEEDED"
    assert client.usage == ApiUsage(5, 5)


def test_an_expired_session_is_renewed_once_and_the_write_done_once(salesforce, session):
    refused = []

    def renew(token):
        refused.append(token)
        return signed_in(salesforce)

    salesforce.expire_sessions()
    with SalesforceClient(session, renew=renew) as client:
        client.create("Task", [TASK])
        client.create("Task", [TASK])

    assert refused == [session.access_token]
    assert len(salesforce.live()) == 2


def test_a_session_that_stays_refused_ends_the_connection_after_one_renewal(salesforce, session):
    renewals = []

    def renew(token):
        renewals.append(token)
        return session

    salesforce.expire_sessions()
    with SalesforceClient(session, renew=renew) as client, pytest.raises(Misconfigured) as refusal:
        client.limits()

    assert refusal.value.code == "INVALID_SESSION_ID"
    assert len(renewals) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "committed": True},
        {"kind": "http", "status": 502, "committed": True},
        {"kind": "http", "status": 503, "html": False, "committed": True},
        {"kind": "error", "committed": True},
        {"kind": "truncated"},
        {"kind": "late_commit"},
    ],
)
def test_a_write_without_a_clear_answer_is_ambiguous_and_sent_once(client, salesforce, fault):
    salesforce.add_fault(**fault)

    with pytest.raises(Ambiguous):
        client.create("Task", [TASK])

    salesforce.commit_late()
    assert len(salesforce.live()) == 1


def test_a_read_without_a_clear_answer_is_transient(client, salesforce):
    for fault in ({"kind": "reset"}, {"kind": "http", "status": 502}, {"kind": "truncated"}):
        salesforce.add_fault(**fault)
        with pytest.raises(Transient) as failure:
            client.limits()
        assert not isinstance(failure.value, Ambiguous)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), Transient),
        ((403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhausted),
        ((403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), Transient),
        ((403, "API_DISABLED_FOR_ORG", "The REST API is not enabled."), Misconfigured),
        ((400, "INVALID_FIELD", "No such column"), Permanent),
        ((400, "SOMETHING_NEW", "Never heard of"), Permanent),
        ((400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: UNABLE_TO_LOCK_ROW"), Transient),
        ((400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: no budget"), Permanent),
    ],
)
def test_a_refusal_becomes_the_error_that_its_code_asks_for(client, salesforce, refusal, expected):
    status, code, message = refusal
    salesforce.add_fault("error", status=status, code=code, message=message)

    with pytest.raises(expected) as failure:
        client.create("Task", [TASK])

    assert type(failure.value) is expected
    assert failure.value.code == code


HTML = raw_answer(b"<html>We will be back soon</html>", kind="text/html")


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        raw_answer(b"<html>", kind="text/html", status="401 Unauthorized"),
        raw_answer(b"", status="200 OK"),
        json_answer([{"id": "00T", "success": True, "errors": []}] * 2),
        json_answer([{"id": "00T"}]),
        json_answer({"no": "list"}),
        CUT_CONNECTION,
    ],
)
def test_an_answer_that_makes_no_sense_leaves_a_write_in_doubt(answer):
    with (
        canned_server(answer) as server,
        SalesforceClient(ApiSession("secret-token", server.base_url)) as client,
        pytest.raises(Ambiguous) as failure,
    ):
        client.create("Task", [TASK])

    assert "secret-token" not in repr(failure.value.__context__)
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed():
    away = raw_answer(b"", status="301 Moved", headers=["Location: http://127.0.0.1:1/"])
    with (
        canned_server(away) as server,
        SalesforceClient(ApiSession("token", server.base_url)) as client,
        pytest.raises(Misconfigured),
    ):
        client.limits()


def test_nobody_listening_is_no_doubt_even_for_a_write():
    with canned_server() as server:
        session = ApiSession("token", server.base_url)
    with SalesforceClient(session) as client, pytest.raises(Transient) as failure:
        client.create("Task", [TASK])

    assert not isinstance(failure.value, Ambiguous)


def test_an_address_in_the_private_network_is_never_called():
    with (
        SalesforceClient(ApiSession("token", "https://localtest.invalid")) as client,
        pytest.raises(Transient, match="no host"),
    ):
        client.limits()
    with (
        SalesforceClient(ApiSession("token", "https://10.0.0.1")) as client,
        pytest.raises(Misconfigured, match="private network"),
    ):
        client.limits()
