import base64
from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def assert_is_error(response, status, code, *fields):
    """Check the one shape: {"error": {"code", "message", "fields"}}, as JSON."""
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "fields"]
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert set(body["error"]["fields"]) == set(fields)
    assert all(isinstance(reasons, list) for reasons in body["error"]["fields"].values())


@pytest.mark.parametrize("path", ["people/", "people/1/", "schema/"])
def test_stranger_is_told_how_to_sign_in(client, path):
    response = client.get(f"/api/v1/{path}")

    assert_is_error(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("path", ["people/", "people/1/"])
def test_session_opens_no_people(admin_client, path):
    assert_is_error(admin_client.get(f"/api/v1/{path}"), 401, "not_authenticated")


def test_stranger_cannot_find_out_which_people_exist(client):
    person = make_person()

    answers = {client.get(f"/api/v1/people/{pk}/").content for pk in (person.pk, person.pk + 1)}

    assert len(answers) == 1


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/people/", "/api/v1/people/ann/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_address_is_no_page(client, path, method):
    assert_is_error(getattr(client, method)(path), 404, "not_found")


def test_address_without_its_slash_leads_to_the_one_with(api):
    response = api.client.get("/api/v1/people?limit=5")

    assert response.status_code == 301
    assert response.headers["Location"] == "/api/v1/people/?limit=5"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png"])
def test_only_json_is_spoken(api, accept):
    assert_is_error(api.get(headers={"Accept": accept}), 406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, */*;q=0.8"])
def test_whoever_takes_json_gets_it(api, accept):
    assert api.get(headers={"Accept": accept}).headers["Content-Type"] == "application/json"


def test_crash_is_json_and_tells_nothing(api, monkeypatch):
    api.client.raise_request_exception = False
    monkeypatch.setattr("people.api.views.people_list", None)

    response = api.get()

    assert_is_error(response, 500, "server_error")
    assert "NoneType" not in response.content.decode()


def test_search_that_takes_too_long_is_the_consumer_s_to_narrow(api, monkeypatch):
    slow = "SET LOCAL statement_timeout = 10; SELECT pg_sleep(1); "
    monkeypatch.setattr("people.query_plans._GATHERING", slow)
    make_people(3)

    assert_is_error(api.get(q="example"), 400, "too_slow")


@pytest.mark.parametrize(
    "name", ["update_since", "page", "offset", "format", "search", "LIMIT", "limit[]", "", "\u202e"]
)
def test_unknown_parameter_is_an_error(api, name):
    assert_is_error(api.get(**{name: "1"}), 400, "invalid", name)


def test_repeated_parameter_is_an_error(api):
    response = api.client.get("/api/v1/people/?limit=5&limit=6")

    assert_is_error(response, 400, "invalid", "limit")


def test_all_that_is_wrong_is_named_at_once(api):
    response = api.get(limit="0", state="gone", ordering="shoe_size", q="fine")

    assert_is_error(response, 400, "invalid", "limit", "state", "ordering")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "ACTIVE"),
        ("ordering", "updated"),
        ("ordering", "--email"),
        ("type", "lead"),
        ("has_email", "yes"),
        ("has_phone", "1"),
        ("mine", ""),
        ("group", "0"),
        ("group", "1.5"),
        ("group", str(2**63)),
        ("q", ""),
        ("q", "x" * 256),
        ("owner", "x" * 19),
    ],
)
def test_value_out_of_range_is_an_error(api, name, value):
    assert_is_error(api.get(**{name: value}), 400, "invalid", name)


@pytest.mark.parametrize(
    "cursor",
    ["", "garbage", "updated_at", "updated_at.", "updated_at.!!", "shoe_size.AAAA", "x" * 10_000],
)
def test_cursor_that_is_none_is_an_error(api, cursor):
    assert_is_error(api.get(cursor=cursor), 400, "invalid", "cursor")


@pytest.mark.parametrize(
    "place",
    [
        "AAAA",
        "W10",  # []
        "WyIyMDI2IiwxLHRydWUsMV0",  # ["2026",1,true,1]
        "WzEsMSxmYWxzZV0",  # [1,1,false]
        "WyIyMDI2LTExLTIyVDA5OjAwOjAwIiwxLGZhbHNlXQ",  # without a time zone
        "WyIyMDI2LTExLTIyVDA5OjAwOjAwKzAwOjAwIiwtMSxmYWxzZV0",  # id -1
        "W" * 1_400,
        "W1tb" * 350,  # [[[[[[…
    ],
)
def test_cursor_that_leads_nowhere_is_not_found(api, place):
    assert_is_error(api.get(cursor=f"updated_at.{place}"), 404, "not_found")


def test_cursor_takes_every_offset(api):
    make_people(3)
    place = base64.urlsafe_b64encode(b'["2020-01-01T00:00:00+23:00",1,false]').decode().rstrip("=")
    assert api.get(cursor=f"updated_at.{place}").status_code == 200


def test_cursor_of_another_order_is_not_found(api):
    make_people(3)
    cursor = api.get(limit=1).json()["next"].rpartition("cursor=")[2]

    assert_is_error(api.get(cursor=cursor, ordering="company"), 404, "not_found")


TEXT_PARAMETERS = ("q", "company", "title", "source", "owner", "cursor", "fields", "updated_since")


@pytest.mark.parametrize("name", TEXT_PARAMETERS)
def test_nul_is_an_error(api, name):
    assert_is_error(api.get(**{name: "a\x00b"}), 400, "invalid", name)


@pytest.mark.parametrize("name", ["q", "company", "title", "source"])
@pytest.mark.parametrize(
    "text",
    [
        "%",
        "_",
        "\\",
        "'",
        '"',
        "\r\n",
        "\u202e",
        "\ufeff",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "\U0010ffff",
        "ﷺ",
        " ",
        "{}",
        "%s",
    ],
)
def test_any_text_may_be_searched_for(api, name, text):
    make_person()

    assert api.get(**{name: text}).status_code == 200


@pytest.mark.parametrize("raw", ["%FF", "%C3%28", "%ED%A0%80", "%F4%90%80%80", "%", "%zz"])
def test_broken_encoding_does_no_harm(api, raw):
    make_person()

    assert api.client.get(f"/api/v1/people/?q={raw}").status_code == 200
    assert api.client.get(f"/api/v1/people/?limit={raw}").status_code == 400


def test_parameter_named_like_python_does_no_harm(api):
    assert_is_error(api.get(**{quote("__class__"): "x"}), 400, "invalid", "__class__")


def test_message_speaks_the_consumer_s_language(api):
    english = api.get(limit=0).json()["error"]["fields"]["limit"]
    german = api.get(limit=0, headers={"Accept-Language": "de"}).json()["error"]["fields"]["limit"]

    assert english != german


def test_options_names_the_methods(api):
    response = api.client.options("/api/v1/people/")

    assert response.status_code == 200
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_no_other_site_may_read_the_api(api):
    response = api.get(headers={"Origin": "https://evil.example"})

    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_no_cache_may_reuse_an_answer(api):
    response = api.get()

    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response.headers["Vary"]


def test_unknown_host_is_answered_in_the_same_shape(token):
    client = Client(headers={"Authorization": f"Token {token[1]}", "Host": "evil.example"})

    assert_is_error(client.get("/api/v1/people/"), 400, "bad_request")
