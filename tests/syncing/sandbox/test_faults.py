import time

import pytest
import requests
from urllib3.exceptions import ProtocolError

from syncing.sandbox import SANDBOX_SMART_LIST_ID
from syncing.sandbox.testing import SandboxError

DESCRIBE = "/rest/v1/leads/describe2.json"
LEADS = "/rest/v1/leads.json"
CREATE = "/bulk/v1/leads/export/create.json"
OWNED = {"smartListId": SANDBOX_SMART_LIST_ID}


@pytest.mark.parametrize("code", ["604", "608", "611", "615", "606", "713"])
def test_an_error_body_as_often_as_ordered(sandbox, api, code):
    sandbox.add_fault("error", DESCRIBE, code=code, message="Ordered", times=2)
    answers = [api.get(DESCRIBE) for _ in range(3)]
    assert [answer["success"] for answer in answers] == [False, False, True]
    assert answers[0]["errors"] == [{"code": code, "message": "Ordered"}]


def test_the_nth_call_fails(sandbox, api):
    sandbox.add_fault("http", "*/describe2.json", status=502, skip=2)
    assert [api.raw(DESCRIBE).status_code for _ in range(4)] == [200, 200, 502, 200]


def test_a_fault_hits_by_chance(sandbox, api):
    sandbox.add_fault("http", DESCRIBE, times=0, probability=0.5)
    statuses = {api.raw(DESCRIBE).status_code for _ in range(40)}
    assert statuses == {200, 502}


def test_other_endpoints_are_spared(sandbox, api):
    sandbox.add_fault("http", DESCRIBE, times=0)
    assert api.raw("/rest/v1/stats/usage.json").status_code == 200


def test_a_hang_outlasts_the_caller(sandbox, api):
    sandbox.add_fault("hang", DESCRIBE, seconds=30)
    started = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.base_url}{DESCRIBE}", timeout=0.2)
    assert time.monotonic() - started < 10
    assert api.get(DESCRIBE)["success"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_reset_loses_the_answer_and_maybe_the_request(sandbox, api, committed):
    sandbox.add_fault("reset", CREATE, committed=committed)
    with pytest.raises(requests.ConnectionError):
        api.create_export(["id"], OWNED)
    assert len(api.get("/bulk/v1/leads/export.json")["result"]) == committed


@pytest.mark.parametrize("kind", ["error", "http"])
def test_an_error_may_come_after_the_request_took_effect(sandbox, api, kind):
    sandbox.add_fault(kind, CREATE, committed=True)
    api.raw(CREATE, "POST", json={"fields": ["id"], "filter": OWNED})
    assert len(api.get("/bulk/v1/leads/export.json")["result"]) == 1


def test_an_empty_200(sandbox, api):
    sandbox.add_fault("empty", DESCRIBE)
    answer = api.raw(DESCRIBE)
    assert (answer.status_code, answer.content) == (200, b"")


def test_truncated_json(sandbox, api):
    sandbox.add_fault("truncated_json", DESCRIBE)
    answer = api.raw(DESCRIBE)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_truncated_file_breaks_off_and_can_be_resumed(sandbox, api):
    job = api.completed_export(["id", "email"], OWNED)
    whole = api.file(job).content
    sandbox.add_fault("truncated_file", "*/file.json", bytes=500)
    path = f"/bulk/v1/leads/export/{job['exportId']}/file.json"
    with api.raw(path, stream=True) as broken:
        assert broken.headers["Content-Length"] == str(len(whole))
        received = broken.raw.read(500)
        with pytest.raises(ProtocolError):
            broken.raw.read(1)
    rest = api.file(job, Range="bytes=500-")
    assert received + rest.content == whole


def test_a_completed_export_whose_file_is_missing(sandbox, api):
    job = api.completed_export(["id"], OWNED)
    sandbox.add_fault("missing_file", "*/file.json")
    assert api.file(job).status_code == 404
    assert api.file(job).status_code == 200


def test_a_repeated_page_token(sandbox, api):
    token = api.feed_token()
    sandbox.add_fault("repeated_token", "*/deletedleads.json")
    path = "/rest/v1/activities/deletedleads.json"
    page = api.get(path, nextPageToken=token)
    assert (page["nextPageToken"], page["moreResult"]) == (token, True)
    assert api.get(path, nextPageToken=token)["nextPageToken"] != token


def test_an_answer_without_rows(sandbox, api):
    (lead_id, *_) = sandbox.leads()
    asked = {"filterType": "id", "filterValues": str(lead_id)}
    sandbox.add_fault("no_rows", "/rest/v1/leads.json")
    answer = api.get("/rest/v1/leads.json", **asked)
    assert (answer["success"], answer["result"]) == (True, [])
    assert api.get("/rest/v1/leads.json", **asked)["result"]


def test_rows_repeated_across_pages(sandbox, api):
    token = api.feed_token()
    whole, _ = api.feed("/leadchanges", token, fields="email", batchSize=10)
    sandbox.add_fault("duplicate_rows", "*/leadchanges.json", times=0)
    rows, _ = api.feed("/leadchanges", token, fields="email", batchSize=10)
    assert len(rows) > len(whole)
    assert {row["id"] for row in rows} == {row["id"] for row in whole}


def test_a_success_without_its_result(sandbox, api):
    sandbox.add_fault("no_result", LEADS)
    params = {"filterType": "id", "filterValues": "1,2,3"}
    answer = api.get(LEADS, **params)
    assert answer["success"]
    assert "result" not in answer
    assert api.get(LEADS, **params)["result"]


def test_a_page_that_begins_with_an_odd_row(sandbox, api):
    token = api.feed_token()
    path = "/rest/v1/activities/leadchanges.json"
    whole = api.get(path, nextPageToken=token, fields="email")["result"]
    odd = {"activityDate": "2026-08-01T10:00:00Z+0000", "fields": [{"id": 48}]}
    sandbox.add_fault("odd_row", path, values=odd, without=["marketoGUID"])
    first, *rest = api.get(path, nextPageToken=token, fields="email")["result"]
    assert rest == whole[1:]
    assert first == {**{k: v for k, v in whole[0].items() if k != "marketoGUID"}, **odd}


def test_a_row_of_null_and_of_numbers_written_as_text(sandbox, api):
    job = api.completed_export(["id"], OWNED)
    sandbox.add_fault("odd_row", "*/status.json", values={"fileSize": "123", "finishedAt": None})
    status = api.status(job["exportId"])
    assert (status["fileSize"], status["finishedAt"]) == ("123", None)


def test_an_odd_row_says_what_is_odd(sandbox):
    with pytest.raises(SandboxError, match="'values' or 'without'"):
        sandbox.add_fault("odd_row", LEADS)


def test_an_empty_page_stays_empty(sandbox, api):
    sandbox.add_fault("odd_row", LEADS, values={"id": "?"})
    assert api.get(LEADS, filterType="id", filterValues="999999999")["result"] == []


@pytest.mark.parametrize(("kind", "code"), [("expired_token", "602"), ("revoked_token", "601")])
def test_a_token_that_dies_in_mid_run_is_replaced(sandbox, api, kind, code):
    sandbox.add_fault(kind, DESCRIBE)
    old = api.session.headers["Authorization"]
    assert api.code(DESCRIBE) == code
    assert api.code(DESCRIBE) == code
    api.sign_in()
    assert api.session.headers["Authorization"] != old
    assert api.get(DESCRIBE)["success"]


def test_601_while_the_identity_service_insists_on_the_same_token(sandbox, api):
    sandbox.add_fault("error", DESCRIBE, code="601", message="Access token invalid")
    old = api.session.headers["Authorization"]
    assert api.code(DESCRIBE) == "601"
    api.sign_in()
    assert api.session.headers["Authorization"] == old


def test_faults_are_listed_with_their_hits_and_can_be_cleared(sandbox, api):
    sandbox.add_fault("http", DESCRIBE, times=0)
    api.raw(DESCRIBE)
    assert [(fault["kind"], fault["hits"]) for fault in sandbox.read("faults")] == [("http", 1)]
    sandbox.clear_faults()
    assert api.raw(DESCRIBE).status_code == 200


def test_an_order_that_makes_no_sense_is_refused(sandbox):
    with pytest.raises(SandboxError, match="no 'tiems'"):
        sandbox.add_fault("http", tiems=2)
    with pytest.raises(SandboxError, match="nonsense"):
        sandbox.add_fault("nonsense")
