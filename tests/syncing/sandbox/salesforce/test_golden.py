"""What real orgs answer, as others captured it: the sandbox must say the same."""

import pytest
import requests

from tests.syncing.sandbox.salesforce.conftest import VERSION, problem

MISSING = "00T5g0000Nzzzzz"


def test_create_is_201_and_update_and_delete_are_204_without_a_body(api):
    made = api.post("/sobjects/Account", {"Name": "Acme"})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "success": True, "errors": []}
    path = f"/sobjects/Account/{made.json()['id']}"
    for answer in (api.patch(path, {"Name": "Acme, Inc."}), api.delete(path)):
        assert (answer.status_code, answer.content) == (204, b"")


def test_reading_what_is_missing_is_not_found(api):
    assert problem(api.get(f"/sobjects/Task/{MISSING}"))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changing_what_is_missing_is_an_invalid_cross_reference(api, method):
    answer = api.call(method, f"/sobjects/Task/{MISSING}", json={})
    assert problem(answer)[:2] == (404, "INVALID_CROSS_REFERENCE_KEY")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changing_what_is_deleted_says_so(api, method):
    record_id = api.create(Subject="Gone")
    api.delete(f"/sobjects/Task/{record_id}")
    answer = api.call(method, f"/sobjects/Task/{record_id}", json={})
    assert problem(answer)[:2] == (404, "ENTITY_IS_DELETED")
    assert problem(api.get(f"/sobjects/Task/{record_id}"))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/sobjects/Nothing", "/sobjects/Nothing/describe", "/nothing"])
def test_unknown_objects_and_paths_are_not_found(api, path):
    assert problem(api.get(path))[:2] == (404, "NOT_FOUND")


def test_an_unknown_version_is_not_found(api):
    answer = api.session.get(f"{api.base_url}/services/data/v12.0/limits", timeout=10)
    assert problem(answer)[:2] == (404, "NOT_FOUND")


def test_put_is_not_allowed(api):
    answer = api.call("PUT", f"/sobjects/Task/{MISSING}", json={})
    assert problem(answer)[:2] == (405, "METHOD_NOT_ALLOWED")


def test_unknown_fields_are_refused_wherever_they_are_named(api):
    record_id = api.create(Subject="Here")
    answers = [
        api.post("/sobjects/Task", {"Nonsense": 1}),
        api.patch(f"/sobjects/Task/{record_id}", {"Nonsense": 1}),
        api.get(f"/sobjects/Task/{record_id}", fields="Id,Nonsense"),
        api.get("/query", q="SELECT Nonsense FROM Task"),
        api.get("/query", q="SELECT Id FROM Task WHERE Nonsense = 'x'"),
    ]
    assert {problem(answer)[:2] for answer in answers} == {(400, "INVALID_FIELD")}


def test_what_is_too_long_is_not_cut_but_refused(api):
    answer = api.post("/sobjects/Task", {"Subject": "x" * 256})
    assert problem(answer) == (400, "STRING_TOO_LONG", ["Subject"])


def test_required_fields_are_named(api):
    answer = api.post("/sobjects/Lead", {"FirstName": "Ann"})
    assert problem(answer) == (400, "REQUIRED_FIELD_MISSING", ["LastName", "Company"])


def test_an_id_that_is_none_is_taken_for_an_external_id(api):
    answer = api.get("/sobjects/Account/123")
    assert problem(answer)[:2] == (404, "NOT_FOUND")
    message = "Provided external ID field does not exist or is not accessible: 123"
    assert answer.json()[0]["message"] == message


@pytest.mark.parametrize(
    "values",
    [
        {"Subject": 5},
        {"IsReminderSet": "yes"},
        {"ActivityDate": "22.11.2026"},
        {"ReminderDateTime": "2026-11-22"},
        {"CallDurationInSeconds": "60"},
    ],
)
def test_values_of_the_wrong_type_are_a_parser_error(api, values):
    assert problem(api.post("/sobjects/Task", values))[:2] == (400, "JSON_PARSER_ERROR")


def test_a_body_that_is_no_json_is_a_parser_error(api):
    answer = api.call("POST", "/sobjects/Task", data="{broken")
    assert problem(answer)[:2] == (400, "JSON_PARSER_ERROR")


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Bearer", "Basic x", ""])
def test_a_bad_bearer_is_an_invalid_session(salesforce, authorization):
    answer = requests.get(
        f"{salesforce.base_url}{VERSION}/limits",
        headers={"Authorization": authorization},
        timeout=10,
    )
    assert problem(answer)[:2] == (401, "INVALID_SESSION_ID")


def test_a_bad_email_is_named(api):
    answer = api.post("/sobjects/Contact", {"LastName": "Ox", "Email": "no-address"})
    assert problem(answer) == (400, "INVALID_EMAIL_ADDRESS", ["Email"])


def test_like_does_not_tell_upper_from_lower_case(api):
    api.create(Subject="Quarterly REVIEW")
    assert api.values("SELECT Subject FROM Task WHERE Subject LIKE 'quarterly%'")


def test_versions_are_listed_for_everybody(salesforce):
    listed = requests.get(f"{salesforce.base_url}/services/data/", timeout=10).json()
    assert {"label", "url", "version"} == set(listed[0])
    assert "66.0" in {item["version"] for item in listed}


def test_every_answer_tells_how_many_calls_were_made(api):
    first = api.get("/limits")
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert api.get("/nothing").headers["Sforce-Limit-Info"] == "api-usage=2/100000"
    assert api.get("/limits").json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_997}


def test_a_body_may_come_in_chunks(api):
    pieces = (piece for piece in (b'{"Subject": ', b'"In chunks"}'))
    assert api.call("POST", "/sobjects/Task", data=pieces).status_code == 201
    assert api.values("SELECT Subject FROM Task") == ["In chunks"]
