import time

import pytest
import requests

from syncing.sandbox.testing import SandboxError
from tests.syncing.sandbox.salesforce.conftest import KEY, problem


def send(api, subject="Hi"):
    return api.post("/sobjects/Task", {"Subject": subject})


def subjects(salesforce):
    return [task["Subject"] for task in salesforce.live()]


@pytest.mark.parametrize(("committed", "expected"), [(False, []), (True, ["Hi"])])
def test_a_connection_breaks_before_or_after_the_commit(salesforce, api, committed, expected):
    salesforce.add_fault("reset", path="*/sobjects/Task", committed=committed)
    with pytest.raises(requests.ConnectionError):
        send(api)
    assert subjects(salesforce) == expected
    assert send(api, "Again").status_code == 201


def test_a_late_commit_comes_when_its_time_has_come(shared_sandbox, salesforce, api):
    salesforce.add_fault("late_commit", method="POST", seconds=30)
    with pytest.raises(requests.ConnectionError):
        send(api)
    assert subjects(salesforce) == []
    shared_sandbox.advance_clock(29)
    assert api.query("SELECT Id FROM Task")["records"] == []
    shared_sandbox.advance_clock(2)
    assert len(api.query("SELECT Id FROM Task")["records"]) == 1
    assert salesforce.commit_late() == 0


def test_the_older_of_two_payloads_may_be_committed_last(salesforce, api, keyed):
    path = f"/sobjects/Task/{KEY}/a1"
    salesforce.add_fault("late_commit", method="PATCH")
    with pytest.raises(requests.ConnectionError):
        api.patch(path, {"Subject": "First"})
    assert api.patch(path, {"Subject": "Second"}).status_code == 201
    assert salesforce.commit_late() == 1
    assert subjects(salesforce) == ["First"]


@pytest.mark.parametrize(
    ("order", "content_type"),
    [
        ({"kind": "error", "status": 503}, "application/json"),
        ({"kind": "error", "status": 500, "code": "UNKNOWN_EXCEPTION"}, "application/json"),
        ({"kind": "http", "status": 502}, "text/html"),
        ({"kind": "http", "status": 504, "html": False}, "text/html"),
    ],
)
@pytest.mark.parametrize("committed", [False, True])
def test_the_server_fails_in_json_in_html_or_without_a_word(api, order, content_type, committed):
    api.salesforce.add_fault(**order, committed=committed)
    answer = send(api)
    assert answer.status_code == order["status"]
    assert answer.headers["Content-Type"].startswith(content_type)
    assert bool(answer.content) == order.get("html", True)
    assert subjects(api.salesforce) == (["Hi"] if committed else [])


def test_an_expired_session_stays_so_until_it_is_refreshed(salesforce, api):
    salesforce.add_fault("expired_session")
    for _ in range(2):
        assert problem(send(api))[:2] == (401, "INVALID_SESSION_ID")
    assert subjects(salesforce) == []


def test_a_truncated_answer_is_no_json(salesforce, api):
    salesforce.add_fault("truncated")
    answer = send(api)
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert subjects(salesforce) == ["Hi"]


def test_a_hanging_answer_comes_late(salesforce, api):
    salesforce.add_fault("hang", seconds=0.3)
    started = time.perf_counter()
    assert send(api).status_code == 201
    assert time.perf_counter() - started >= 0.3


def test_single_rows_are_locked(salesforce, api, keyed):
    salesforce.add_fault("record", skip=1, times=2, code="UNABLE_TO_LOCK_ROW", object="Task")
    rows = api.upsert_all(*({KEY: str(number)} for number in range(5))).json()
    assert [row["success"] for row in rows] == [True, False, False, True, True]
    assert rows[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert len(salesforce.live()) == 3


def test_a_validation_rule_strikes_whoever_sets_its_field(salesforce, api):
    salesforce.add_fault(
        "record",
        times=0,
        object="Task",
        field="CallDisposition",
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message="Results are for managers.",
    )
    assert send(api).status_code == 201
    for _ in range(2):
        answer = api.post("/sobjects/Task", {"CallDisposition": "Busy"})
        assert problem(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["CallDisposition"])
        assert answer.json()[0]["message"] == "Results are for managers."


def test_faults_are_for_paths_and_methods_and_count(salesforce, api):
    salesforce.add_fault("error", path="*/limits", skip=1, times=2)
    salesforce.add_fault("error", method="DELETE", times=0)
    assert [api.get("/limits").status_code for _ in range(4)] == [200, 503, 503, 200]
    assert send(api).status_code == 201
    assert api.delete("/sobjects/Task/00T5g0000Nzzzzz").status_code == 503
    assert [fault["hits"] for fault in salesforce.read("faults")] == [2, 1]
    salesforce.clear_faults()
    assert api.delete("/sobjects/Task/00T5g0000Nzzzzz").status_code == 404


def test_faults_strike_by_chance(salesforce, api):
    salesforce.add_fault("error", times=0, probability=0.5)
    statuses = [api.get("/limits").status_code for _ in range(60)]
    assert 15 < statuses.count(503) < 45


@pytest.mark.parametrize(
    "order", [{"kind": "nonsense"}, {"kind": "reset", "colour": 1}, {"kind": "error", "status": 9}]
)
def test_faults_that_make_no_sense_are_refused(salesforce, order):
    with pytest.raises(SandboxError):
        salesforce.add_fault(**order)


def test_the_daily_limit_is_a_403_until_the_calls_are_a_day_old(shared_sandbox, salesforce, api):
    salesforce.change_settings(daily_calls=50, other_calls=47)
    assert api.get("/limits").headers["Sforce-Limit-Info"] == "api-usage=48/50"
    assert send(api).status_code == 201
    assert send(api).status_code == 201
    over = send(api)
    assert problem(over)[:2] == (403, "REQUEST_LIMIT_EXCEEDED")
    assert over.json()[0]["message"] == "TotalRequests Limit exceeded."
    assert over.headers["Sforce-Limit-Info"] == "api-usage=50/50"
    salesforce.change_settings(session_seconds=200_000)
    shared_sandbox.advance_clock(86_401)
    api.session.headers["Authorization"] = f"Bearer {salesforce.sign_in()['access_token']}"
    assert send(api).status_code == 201


def test_an_org_may_be_down_read_only_or_without_an_api(salesforce, api):
    salesforce.change_settings(maintenance=True)
    assert problem(api.get("/limits"))[:2] == (503, "SERVER_UNAVAILABLE")
    salesforce.change_settings(maintenance=False, read_only=True)
    assert api.get("/limits").ok
    expected = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert problem(send(api))[:2] == (400, expected)
    salesforce.change_settings(read_only=False, api_enabled=False)
    assert problem(api.get("/limits"))[:2] == (403, "API_DISABLED_FOR_ORG")
    assert subjects(salesforce) == []


def test_the_date_of_an_answer_goes_by_the_sandbox_clock(shared_sandbox, api):
    before = api.get("/limits").headers["Date"]
    shared_sandbox.advance_clock(86_400 * 3)
    api.session.headers["Authorization"] = ""
    assert api.get("/limits").headers["Date"][:11] != before[:11]


@pytest.mark.parametrize("with_key", [True, False])
def test_only_upserts_can_be_repeated_after_a_doubt(salesforce, api, keyed, with_key):
    orders = [
        {"kind": "reset"},
        {"kind": "reset", "committed": True},
        {"kind": "late_commit", "seconds": 0},
        {"kind": "error"},
    ]
    for order in orders:
        salesforce.add_fault(**order, path="*/composite/*", times=0, probability=0.12)
    keys = [str(number) for number in range(200)]
    for start in range(0, 200, 10):
        records = [{KEY: key} if with_key else {"CallObject": key} for key in keys[start:][:10]]
        send_until_answered(api, records, with_key=with_key)
    salesforce.commit_late()
    found = [task[KEY] or task["CallObject"] for task in salesforce.live()]
    assert set(found) == set(keys)
    assert (len(found) == len(keys)) is with_key


def send_until_answered(api, records, *, with_key):
    items = [{"attributes": {"type": "Task"}, **record} for record in records]
    for _ in range(50):
        try:
            if with_key:
                answer = api.upsert_all(*records)
            else:
                answer = api.post("/composite/sobjects", {"records": items})
        except requests.ConnectionError:
            continue
        if answer.ok and all(row["success"] for row in answer.json()):
            return
    raise AssertionError("The sandbox never answered.")
