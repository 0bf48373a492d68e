import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def code_for(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def sign_in(client):
    data = {"login": "sam@example.com", "password": "Rail-Signal-9"}
    return client.post(reverse("account_login"), data)


@pytest.fixture
def browser(seller):
    client = Client()
    sign_in(client)
    client.post(reverse("account_reauthenticate"), {"password": "Rail-Signal-9"})
    return client


def activate(client):
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    return secret


def test_activation_page_shows_the_picture_within_the_content_policy(browser):
    response = browser.get(reverse("mfa_activate_totp"))

    assert 'src="data:image/svg+xml' in response.content.decode()
    assert "data:" in response.headers["Content-Security-Policy"]


def test_sign_in_asks_for_the_code_once_it_is_on(browser):
    activate(browser)
    other = Client()

    asked = sign_in(other)
    assert asked.url == reverse("mfa_authenticate")
    assert other.get(reverse("settings:profile")).status_code == 302
    wrong = other.post(asked.url, {"code": "000000"})
    assert "Incorrect code." in wrong.content.decode()
    # The app's code of this half minute is spent: it turned the whole thing on.
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    other.post(asked.url, {"code": codes[0]})

    assert other.get(reverse("settings:profile")).status_code == 200


def test_recovery_codes_are_shown_and_downloadable(browser):
    activate(browser)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()

    page = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    file = browser.get(reverse("mfa_download_recovery_codes")).content.decode()

    assert len(codes) == 10
    assert all(code in page and code in file for code in codes)


def test_secrets_are_encrypted_at_rest(browser):
    secret = activate(browser)

    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert stored.startswith("gAAAA")


def test_it_can_be_turned_off(browser):
    activate(browser)
    assert "Manage" in browser.get(reverse("settings:profile")).content.decode()

    browser.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.exists()
    assert sign_in(Client()).url == reverse("people:list")


def test_changing_it_asks_for_the_password_first(seller_client, seller):
    response = seller_client.get(reverse("mfa_activate_totp"))

    assert response.url.startswith(reverse("account_reauthenticate"))
    page = seller_client.get(response.url).content.decode()
    assert "Confirm that it is you" in page
    confirmed = seller_client.post(response.url, {"password": "Rail-Signal-9"})
    assert confirmed.url == reverse("mfa_activate_totp")
