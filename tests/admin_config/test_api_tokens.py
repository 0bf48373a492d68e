import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from admin_config.api_tokens import create_api_token, revoke_api_token
from admin_config.models import ApiToken, AuditEvent
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def made(user, **fields):
    return create_api_token(**{"user": user, "name": "CRM copy", "now": NOW} | fields)


def get(client, secret):
    return client.get("/api/v1/people/", headers={"Authorization": f"Token {secret}"})


def test_token_opens_the_api_for_its_user(client, seller):
    _token, secret = made(seller)

    assert get(client, secret).status_code == 200


def test_keyword_may_be_in_any_case(client, seller):
    _token, secret = made(seller)

    response = client.get("/api/v1/people/", headers={"Authorization": f"tOKEN {secret}"})

    assert response.status_code == 200


def test_only_a_hash_and_the_first_characters_are_kept(seller):
    token, secret = made(seller)

    kept = " ".join(str(value) for value in ApiToken.objects.values_list().get())

    assert secret not in kept
    assert token.prefix == secret[:12]
    assert len(secret) > 43  # 256 bits in base 64


def test_two_tokens_differ(seller):
    assert made(seller)[1] != made(seller)[1]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_token_needs_a_name_of_up_to_100_characters(seller, name):
    with pytest.raises(ValidationError):
        made(seller, name=name)

    assert not ApiToken.objects.exists()


def test_revoked_token_is_refused_at_once(client, seller):
    token, secret = made(seller)
    assert get(client, secret).status_code == 200

    revoke_api_token(token=token, now=NOW)

    response = get(client, secret)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Token"


def test_revoking_twice_keeps_the_first_date(seller):
    token, _secret = made(seller)

    revoke_api_token(token=token, now=NOW)
    revoke_api_token(token=token, now=NOW + timedelta(days=1))

    assert token.revoked_at == NOW


def test_revoking_one_token_leaves_the_others(client, seller, other_seller):
    revoked, _secret = made(seller)
    _token, mine = made(seller)
    _token, theirs = made(other_seller)

    revoke_api_token(token=revoked, now=NOW)

    assert get(client, mine).status_code == get(client, theirs).status_code == 200


def test_deactivated_user_is_refused_and_let_in_again_when_back(client, seller):
    _token, secret = made(seller)

    seller.is_active = False
    seller.save()
    refused = get(client, secret)
    seller.is_active = True
    seller.save()

    assert refused.status_code == 401
    assert get(client, secret).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Token nonsense",
        "Token two words",
        "Token näe",
        "Bearer {secret}",
        "{secret}",
        "Basic c2FtOnNhbQ==",
        "Token {secret}x",
        "Token {prefix}",
    ],
)
def test_whatever_is_not_the_whole_token_is_refused(client, seller, header):
    token, secret = made(seller)

    response = client.get(
        "/api/v1/people/",
        headers={"Authorization": header.format(secret=secret, prefix=token.prefix)},
    )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Token"


def test_answer_does_not_tell_why_a_token_is_refused(client, seller, other_seller):
    revoked, revoked_secret = made(seller)
    revoke_api_token(token=revoked, now=NOW)
    _token, deactivated_secret = made(other_seller)
    other_seller.is_active = False
    other_seller.save()

    answers = {
        get(client, secret).content
        for secret in ("never-existed", revoked_secret, deactivated_secret)
    }

    assert len(answers) == 1


def test_last_use_is_written_at_most_once_a_minute(client, seller):
    token, secret = made(seller)

    with time_machine.travel(NOW, tick=False) as clock:
        get(client, secret)
        token.refresh_from_db()
        assert token.last_used_at == NOW

        clock.shift(59)
        get(client, secret)
        token.refresh_from_db()
        assert token.last_used_at == NOW

        clock.shift(1)
        get(client, secret)
        token.refresh_from_db()
        assert token.last_used_at == NOW + timedelta(minutes=1)


def test_refused_token_leaves_no_trace_of_use(client, seller):
    token, secret = made(seller)
    revoke_api_token(token=token, now=NOW)

    get(client, secret)

    token.refresh_from_db()
    assert token.last_used_at is None


def test_command_prints_the_token_and_nothing_else(client, seller):
    out = io.StringIO()

    call_command("create_api_token", "SAM@example.com", "--name", "Nightly copy", stdout=out)

    secret = out.getvalue().removesuffix("\n")
    assert get(client, secret).status_code == 200
    assert ApiToken.objects.get().name == "Nightly copy"
    assert AuditEvent.objects.get().action == "API_TOKEN_CREATED"


def test_command_refuses_an_unknown_user():
    with pytest.raises(CommandError, match="no active user"):
        call_command("create_api_token", "nobody@example.com")


def test_command_refuses_a_deactivated_user():
    make_user(email="gone@example.com", is_active=False)

    with pytest.raises(CommandError, match="no active user"):
        call_command("create_api_token", "gone@example.com")


def test_command_refuses_a_name_that_is_too_long(seller):
    with pytest.raises(CommandError, match="at most 100"):
        call_command("create_api_token", "sam@example.com", "--name", "x" * 101)
