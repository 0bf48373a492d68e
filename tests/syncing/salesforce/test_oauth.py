from urllib.parse import parse_qs, urlsplit

import pytest

from syncing.errors import Misconfigured, Transient
from syncing.salesforce import App, SalesforceClient, oauth
from tests.syncing.marketo.canned import canned_server, json_answer, raw_answer

CALLBACK = "https://actions.example.com/callback"


def answer_of(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def allowed(app, salesforce, handshake, **decision):
    url = oauth.authorize_url(app, handshake, redirect_uri=CALLBACK)
    return answer_of(salesforce.decide(url, **decision))


def granted(app, salesforce):
    handshake = oauth.new_handshake()
    code = allowed(app, salesforce, handshake)["code"]
    return oauth.exchange_code(app, code, verifier=handshake.verifier, redirect_uri=CALLBACK)


def test_the_users_leave_becomes_a_session_that_works(app, salesforce):
    grant = granted(app, salesforce)

    assert grant.refresh_token
    assert grant.user_id == salesforce.users()["sam@example.com"]["Id"]
    assert grant.org_id.startswith("00D")
    with SalesforceClient(grant.session) as client:
        assert client.limits().most


def test_the_state_comes_back_with_the_answer(app, salesforce):
    handshake = oauth.new_handshake()

    assert allowed(app, salesforce, handshake)["state"] == handshake.state
    denial = allowed(app, salesforce, handshake, allow=False)
    assert denial["error"] == "access_denied"
    assert denial["state"] == handshake.state


def test_a_code_is_worth_nothing_without_its_verifier_or_a_second_time(app, salesforce):
    handshake = oauth.new_handshake()
    code = allowed(app, salesforce, handshake)["code"]

    for _ in range(2):
        with pytest.raises(Misconfigured):
            oauth.exchange_code(app, code, verifier="x" * 64, redirect_uri=CALLBACK)


def test_a_refresh_gives_a_new_session_and_the_token_to_use_next(app, salesforce):
    grant = granted(app, salesforce)

    plain = oauth.refresh(app, grant.refresh_token)
    assert plain.refresh_token == grant.refresh_token
    assert plain.session.access_token != grant.session.access_token

    salesforce.change_settings(rotation=True)
    rotated = oauth.refresh(app, grant.refresh_token)
    assert rotated.refresh_token not in {"", grant.refresh_token}
    with pytest.raises(Misconfigured) as refusal:
        oauth.refresh(app, grant.refresh_token)
    assert refusal.value.code == "invalid_grant"
    assert refusal.value.setting == "connection"


def test_revoking_ends_the_sessions_and_may_be_done_twice(app, salesforce):
    grant = granted(app, salesforce)

    oauth.revoke(app, grant.refresh_token)
    oauth.revoke(app, grant.refresh_token)

    with pytest.raises(Misconfigured), SalesforceClient(grant.session) as client:
        client.limits()


def test_an_app_signs_in_as_its_own_user_by_client_credentials(app, salesforce):
    grant = oauth.client_credentials(app)

    assert not grant.refresh_token
    with SalesforceClient(grant.session) as client:
        assert client.limits().most


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"client_id": "3MVGother"}, "client_id"),
        ({"client_secret": "wrong"}, "client_secret"),
        ({"client_credentials": False}, "client_id"),
    ],
)
def test_a_refusal_names_the_setting_to_look_at(app, salesforce, change, setting):
    salesforce.change_settings(**change)

    with pytest.raises(Misconfigured) as refusal:
        granted(app, salesforce) if setting == "client_secret" else oauth.client_credentials(app)

    assert refusal.value.setting in {setting, "client_secret"}
    assert salesforce.client_secret not in str(refusal.value)


def test_client_credentials_need_the_orgs_own_address(app, salesforce):
    shared = App(
        salesforce.base_url.replace("127.0.0.1", "localhost"), app.client_id, app.client_secret
    )

    with pytest.raises(Misconfigured) as refusal:
        oauth.client_credentials(shared)
    assert refusal.value.setting == "login_url"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raw_answer(b"<html>", status="503 Unavailable", kind="text/html"), Transient),
        (json_answer({"access_token": "abc"}), Transient),
        (raw_answer(b"<html>"), Transient),
        (raw_answer(b"<html>", status="404 Not Found"), Misconfigured),
        (raw_answer(b"", status="302 Found", headers=["Location: /x"]), Misconfigured),
        (
            json_answer(
                {"error": "invalid_grant", "error_description": "ip restricted"},
                status="400 Bad Request",
            ),
            Misconfigured,
        ),
    ],
)
def test_an_odd_answer_of_the_token_endpoint_is_told_without_secrets(answer, error):
    with canned_server(answer) as server:
        app = App(server.base_url, "id", "top-secret")
        with pytest.raises(error) as failure:
            oauth.client_credentials(app)

    assert "top-secret" not in str(failure.value)
    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "acme",
        "http://acme.my.salesforce.com",
        "https://a/b",
        "https://u:p@a",
        "https://a:99999",
    ],
)
def test_only_https_or_this_machine_is_signed_in_at(address):
    with pytest.raises(Misconfigured) as refusal:
        App(address, "id", "secret")
    assert refusal.value.setting == "login_url"


def test_an_instance_that_is_not_encrypted_gets_no_token():
    grant = {
        "access_token": "abc",
        "instance_url": "http://acme.my.salesforce.com",
        "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
    }
    with canned_server(json_answer(grant)) as server, pytest.raises(Misconfigured):
        oauth.client_credentials(App(server.base_url, "id", "secret"))
