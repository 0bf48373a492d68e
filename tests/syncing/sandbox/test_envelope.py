import re

LEADS = "/rest/v1/leads.json"


def test_errors_come_with_http_200_and_a_request_id(api):
    answer = api.raw(LEADS)
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert "result" not in answer.json()
    assert re.fullmatch(r"[0-9a-f]+#[0-9a-f]+", answer.json()["requestId"])


def test_no_match_is_a_success_with_an_empty_result(api):
    answer = api.get(LEADS, filterType="id", filterValues="999999")
    assert answer["success"] is True
    assert answer["result"] == []
    assert "nextPageToken" not in answer


def test_a_long_uri_is_a_bare_414(api):
    answer = api.raw(LEADS, params={"filterType": "email", "filterValues": "x" * 9000})
    assert (answer.status_code, answer.content) == (414, b"")


def test_a_big_body_is_a_bare_413(api):
    answer = api.raw("/rest/v1/activities/external.json", "POST", data=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.content) == (413, b"")


def test_a_get_may_travel_as_a_post(sandbox, api):
    some = [lead for lead in sandbox.leads().values() if lead["email"]][:300]
    values = ",".join(lead["email"] for lead in some)
    answer = api.raw(
        f"{LEADS}?_method=GET", "POST", data={"filterType": "email", "filterValues": values}
    ).json()
    assert {lead["email"] for lead in answer["result"]} == {lead["email"] for lead in some}


def test_an_unknown_path_is_610_and_a_wrong_method_605(api):
    assert api.code("/rest/v1/nothing.json") == "610"
    assert api.code("/rest//v1/leads.json") == "610"
    assert api.post("/rest/v1/leads/describe2.json")["errors"][0]["code"] == "605"


def test_big_json_is_compressed_when_asked_for(sandbox, api):
    values = ",".join(map(str, range(1, 300)))
    answer = api.raw(LEADS, params={"filterType": "id", "filterValues": values})
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = api.raw(
        LEADS,
        params={"filterType": "id", "filterValues": values},
        headers={"Accept-Encoding": "identity"},
    )
    assert "Content-Encoding" not in plain.headers
    assert plain.json()["result"] == answer.json()["result"]


def test_small_json_is_not_compressed(api):
    answer = api.raw(LEADS, params={"filterType": "id", "filterValues": "1"})
    assert "Content-Encoding" not in answer.headers
