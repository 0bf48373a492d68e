import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from syncing.sandbox import (
    OWNERS,
    SANDBOX_SALESFORCE_CLIENT_ID,
    SANDBOX_SALESFORCE_CLIENT_SECRET,
)
from syncing.sandbox.testing import running_sandbox
from tests.syncing.sandbox.salesforce.conftest import VERSION, Caller

CALLBACK = "http://localhost:8000/salesforce/callback"
VERIFIER = "a-verifier-that-is-at-least-forty-three-characters-long"
CLIENT = {
    "client_id": SANDBOX_SALESFORCE_CLIENT_ID,
    "client_secret": SANDBOX_SALESFORCE_CLIENT_SECRET,
}


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorize_url(salesforce, **changes):
    asked = {
        "response_type": "code",
        "client_id": SANDBOX_SALESFORCE_CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": "api refresh_token",
        "state": "abc",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return f"{salesforce.base_url}/services/oauth2/authorize?{urlencode(asked)}"


def back_at(location):
    assert location.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def post(salesforce, endpoint, **form):
    return requests.post(f"{salesforce.base_url}/services/oauth2/{endpoint}", data=form, timeout=10)


def exchange(salesforce, code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **CLIENT,
        **changes,
    }
    return post(salesforce, "token", **form)


def refresh(salesforce, token, **changes):
    form = {"grant_type": "refresh_token", "refresh_token": token, **CLIENT, **changes}
    return post(salesforce, "token", **form)


def error(response):
    content = response.json()
    return response.status_code, content["error"], content["error_description"]


@pytest.fixture
def code(salesforce):
    return back_at(salesforce.decide(authorize_url(salesforce)))["code"]


def works(salesforce, token):
    answer = requests.get(
        f"{salesforce.base_url}{VERSION}/limits",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    return answer.status_code == 200


def test_the_page_offers_every_active_user_and_allow_and_deny(salesforce):
    salesforce.change_user(OWNERS[2].salesforce_id, IsActive=False)
    page = requests.get(authorize_url(salesforce, login_hint="sara@example.com"), timeout=10)
    assert "Sam Seller (sam@example.com)" in page.text
    assert '<option value="sara@example.com" selected>' in page.text
    assert "Priya" not in page.text
    assert 'value="allow"' in page.text
    assert 'value="deny"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_what_the_app_sends_is_escaped_on_the_page(salesforce):
    page = requests.get(authorize_url(salesforce, state='"><script>'), timeout=10)
    assert "<script>" not in page.text


def test_a_code_is_exchanged_for_tokens_with_its_verifier(salesforce, code):
    answer = exchange(salesforce, code).json()
    assert answer["instance_url"] == salesforce.base_url
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "api refresh_token"
    assert answer["issued_at"].isdigit()
    assert len(answer["issued_at"]) == 13
    assert "expires_in" not in answer
    assert answer["id"].endswith(f"/{OWNERS[0].salesforce_id}")
    assert works(salesforce, answer["access_token"])


def test_the_state_comes_back(salesforce):
    assert back_at(salesforce.decide(authorize_url(salesforce)))["state"] == "abc"


def test_a_user_may_deny(salesforce):
    told = back_at(salesforce.decide(authorize_url(salesforce), allow=False))
    assert told["error"] == "access_denied"
    assert told["state"] == "abc"
    assert "code" not in told


def test_a_code_is_good_once(salesforce, code):
    assert exchange(salesforce, code).ok
    assert error(exchange(salesforce, code))[:2] == (400, "invalid_grant")


def test_a_code_expires(shared_sandbox, salesforce, code):
    shared_sandbox.advance_clock(901)
    assert error(exchange(salesforce, code))[:2] == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"code_verifier": "another"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://localhost/other"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(salesforce, code, change, expected):
    assert error(exchange(salesforce, code, **change))[:2] == (400, expected)


def test_only_s256_is_a_challenge_method(salesforce):
    url = authorize_url(salesforce, code_challenge_method="plain")
    assert back_at(salesforce.decide(url))["error"] == "invalid_request"


def test_an_unknown_app_is_not_sent_anywhere(salesforce):
    page = requests.get(authorize_url(salesforce, client_id="other"), timeout=10)
    assert page.status_code == 400
    assert "invalid_client_id" in page.text


def test_no_refresh_token_without_asking_for_one(salesforce):
    assert "refresh_token" not in salesforce.sign_in(scope="api")
    assert "refresh_token" not in salesforce.sign_in(scope="full")
    assert "refresh_token" in salesforce.sign_in(scope="api offline_access")


def test_a_refresh_token_gives_a_new_session_and_stays(salesforce):
    tokens = salesforce.sign_in()
    salesforce.expire_sessions()
    assert not works(salesforce, tokens["access_token"])
    answer = refresh(salesforce, tokens["refresh_token"]).json()
    assert works(salesforce, answer["access_token"])
    assert "refresh_token" not in answer
    assert refresh(salesforce, tokens["refresh_token"]).ok


def test_with_rotation_a_refresh_token_is_good_once(salesforce):
    salesforce.change_settings(rotation=True)
    tokens = salesforce.sign_in()
    answer = refresh(salesforce, tokens["refresh_token"]).json()
    assert error(refresh(salesforce, tokens["refresh_token"])) == (
        400,
        "invalid_grant",
        "expired access/refresh token",
    )
    assert refresh(salesforce, answer["refresh_token"]).ok


def test_a_lost_answer_loses_a_rotated_token(salesforce):
    salesforce.change_settings(rotation=True)
    tokens = salesforce.sign_in()
    salesforce.add_fault("reset", path="/services/oauth2/token", committed=True)
    with pytest.raises(requests.ConnectionError):
        refresh(salesforce, tokens["refresh_token"])
    assert error(refresh(salesforce, tokens["refresh_token"]))[1] == "invalid_grant"


def test_sessions_end_after_two_hours(shared_sandbox, salesforce):
    tokens = salesforce.sign_in()
    shared_sandbox.advance_clock(7199)
    assert works(salesforce, tokens["access_token"])
    shared_sandbox.advance_clock(2)
    assert not works(salesforce, tokens["access_token"])


def test_revoking_the_refresh_token_ends_the_session_as_well(salesforce):
    tokens = salesforce.sign_in()
    assert post(salesforce, "revoke", token=tokens["refresh_token"]).status_code == 200
    assert not works(salesforce, tokens["access_token"])
    assert error(refresh(salesforce, tokens["refresh_token"]))[1] == "invalid_grant"
    assert post(salesforce, "revoke", token=tokens["refresh_token"]).status_code == 400


def test_a_sixth_approval_ends_the_oldest(salesforce):
    tokens = [salesforce.sign_in()["refresh_token"] for _ in range(6)]
    assert [refresh(salesforce, token).ok for token in tokens] == [False] + [True] * 5


def test_an_inactive_user_gets_no_session(salesforce):
    tokens = salesforce.sign_in()
    salesforce.change_user(OWNERS[0].salesforce_id, IsActive=False)
    assert not works(salesforce, tokens["access_token"])
    assert error(refresh(salesforce, tokens["refresh_token"])) == (
        400,
        "invalid_grant",
        "inactive user",
    )


def test_client_credentials_run_as_the_integration_user(salesforce):
    answer = post(salesforce, "token", grant_type="client_credentials", **CLIENT).json()
    assert "refresh_token" not in answer
    told = requests.get(
        f"{salesforce.base_url}/services/oauth2/userinfo",
        headers={"Authorization": f"Bearer {answer['access_token']}"},
        timeout=10,
    ).json()
    assert told["email"] == "integration@example.com"


def test_client_credentials_need_the_secret_the_switch_and_the_right_host(salesforce):
    form = {"grant_type": "client_credentials", **CLIENT}
    wrong = post(salesforce, "token", **{**form, "client_secret": "wrong"})
    assert error(wrong) == (400, "invalid_client", "invalid client credentials")
    login = salesforce.base_url.replace("127.0.0.1", "localhost")
    at_login = requests.post(f"{login}/services/oauth2/token", data=form, timeout=10)
    assert error(at_login)[2] == "request not supported on this domain"
    salesforce.change_settings(client_credentials=False)
    off = post(salesforce, "token", **form)
    assert error(off)[2] == "no client credentials user enabled"


def test_userinfo_tells_who_is_signed_in(salesforce):
    api = Caller(salesforce, "sara@example.com")
    told = api.session.get(f"{api.base_url}/services/oauth2/userinfo", timeout=10).json()
    assert told["user_id"] == OWNERS[1].salesforce_id
    assert told["email"] == "sara@example.com"
    assert told["preferred_username"] == "sara@sandbox-org.example"
    assert api.session.get(api.tokens["id"], timeout=10).json()["user_id"] == told["user_id"]
    nobody = requests.get(f"{api.base_url}/services/oauth2/userinfo", timeout=10)
    assert nobody.status_code == 403


def test_introspection_tells_living_tokens_from_dead_ones(salesforce):
    token = salesforce.sign_in()["access_token"]
    assert post(salesforce, "introspect", token=token, **CLIENT).json()["active"]
    salesforce.expire_sessions()
    assert post(salesforce, "introspect", token=token, **CLIENT).json() == {"active": False}


def test_another_org_says_so(salesforce):
    before = salesforce.sign_in()["id"]
    salesforce.change_settings(other_org=True)
    after = salesforce.sign_in()["id"]
    assert before.split("/")[-2] != after.split("/")[-2]
    assert before.split("/")[-1] == after.split("/")[-1]
    api = Caller(salesforce)
    assert api.values("SELECT Id FROM Organization") == [after.split("/")[-2]]


def test_who_is_signed_in_stays_so_after_a_restart(tmp_path):
    with running_sandbox(people=20, data=tmp_path) as sandbox:
        tokens = sandbox.salesforce.sign_in()
        made = sandbox.salesforce.create("Task", Subject="Kept")
    with running_sandbox(people=20, data=tmp_path) as sandbox:
        assert works(sandbox.salesforce, tokens["access_token"])
        assert sandbox.salesforce.record(made)["Subject"] == "Kept"
