import requests


def test_the_same_token_is_given_until_it_expires(sandbox, api):
    first = api.identity().json()
    sandbox.advance_clock(3000)
    second = api.identity().json()
    assert second["access_token"] == first["access_token"]
    assert 590 <= second["expires_in"] <= 600


def test_an_expired_token_is_refused_with_602_and_replaced(sandbox, api):
    old = api.sign_in()
    sandbox.advance_clock(3601)
    assert api.code("/rest/v1/leads/describe2.json") == "602"
    assert api.sign_in() != old
    assert api.get("/rest/v1/leads/describe2.json")["success"]


def test_an_unknown_token_is_refused_with_601(sandbox, api):
    api.session.headers["Authorization"] = "Bearer made-up"
    assert api.code("/rest/v1/leads/describe2.json") == "601"


def test_bad_credentials_are_a_plain_oauth_error(sandbox, api):
    answer = api.identity(secret="wrong")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_rotated_secret_is_wanted_at_once(sandbox, api):
    sandbox.change_settings(client_secret="rotated")
    assert api.identity().status_code == 401
    assert api.identity(secret="rotated").status_code == 200


def test_a_token_in_the_query_is_refused(sandbox, api):
    token = api.sign_in()
    answer = requests.get(
        f"{sandbox.base_url}/rest/v1/leads/describe2.json",
        params={"access_token": token},
        timeout=10,
    )
    assert answer.json()["success"] is False


def test_a_missing_permission_is_603(sandbox, api):
    sandbox.change_settings(permissions=["Read-Only Lead"])
    assert api.get("/rest/v1/leads/describe2.json")["success"]
    assert api.code("/rest/v1/activities/types.json") == "603"
