"""Signing in with Salesforce: who gets in, and who does not."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from syncing.salesforce_connections.matching import match_users
from syncing.salesforce_connections.models import SalesforceConnection
from tests.admin_config.sign_in.conftest import (
    PASSWORD,
    come_back,
    is_signed_in,
    refusal,
    sign_in_by_salesforce,
    signed_in_email,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SAM = "0055g00000Ab1SaAAJ"


def test_the_verified_address_gets_in_to_the_account_that_has_it(client, seller, salesforce):
    response = sign_in_by_salesforce(client, salesforce, user="sam@example.com")

    assert response.url == reverse("people:list")
    assert signed_in_email(client) == "sam@example.com"


def test_an_account_signs_in_with_salesforce_as_often_as_by_its_password(
    client, seller, salesforce
):
    for _ in range(2):
        browser = Client()
        sign_in_by_salesforce(browser, salesforce)
        assert is_signed_in(browser)

    client.post(reverse("account_login"), {"login": "sam@example.com", "password": PASSWORD})

    assert is_signed_in(client)


@pytest.mark.parametrize("stored", [SAM, SAM[:15]])
def test_the_stored_salesforce_user_id_counts_whatever_the_address(client, salesforce, stored):
    make_user(email="samuel@example.com", salesforce_user_id=stored)

    sign_in_by_salesforce(client, salesforce, user="sam@example.com")

    assert signed_in_email(client) == "samuel@example.com"


def test_the_stored_id_counts_without_a_verified_address(client, seller, salesforce):
    get_user_model().objects.update(salesforce_user_id=SAM)
    salesforce.change_settings(verified_emails=False)

    sign_in_by_salesforce(client, salesforce)

    assert is_signed_in(client)


def test_an_address_that_salesforce_has_not_verified_lets_nobody_in(client, seller, salesforce):
    salesforce.change_settings(verified_emails=False)

    response = sign_in_by_salesforce(client, salesforce)

    assert "has not verified your address sam@example.com" in refusal(client, response)


def test_an_id_that_came_by_the_address_counts_only_with_the_address(client, seller, salesforce):
    """Else whoever may edit users in Salesforce could become anybody here."""
    match_users(now=timezone.now())
    salesforce.change_settings(verified_emails=False)
    assert "has not verified" in refusal(client, sign_in_by_salesforce(client, salesforce))

    salesforce.change_settings(verified_emails=True)
    sign_in_by_salesforce(client, salesforce)
    assert is_signed_in(client)


def test_an_account_of_another_salesforce_user_stays_theirs(client, seller, salesforce):
    get_user_model().objects.update(salesforce_user_id="005000000000009AAA")

    response = sign_in_by_salesforce(client, salesforce)

    assert "belongs to another Salesforce user" in refusal(client, response)


def test_two_accounts_with_one_salesforce_user_let_nobody_in(client, salesforce):
    make_user(salesforce_user_id=SAM)
    make_user(salesforce_user_id=SAM)

    response = sign_in_by_salesforce(client, salesforce)

    assert "More than one account here" in refusal(client, response)


def test_no_account_is_made_by_signing_in(client, admin, salesforce):
    response = sign_in_by_salesforce(client, salesforce, user="sara@example.com")

    assert "There is no account here for sara@example.com" in refusal(client, response)
    assert get_user_model().objects.get() == admin


def test_another_org_lets_nobody_in(client, seller, salesforce):
    salesforce.change_settings(other_org=True)

    response = sign_in_by_salesforce(client, salesforce)

    assert "an org of Salesforce that this workspace does not use" in refusal(client, response)


def test_a_deactivated_account_stays_closed(client, seller, salesforce):
    seller.is_active = False
    seller.save()

    response = sign_in_by_salesforce(client, salesforce)

    assert response.url == reverse("account_inactive")
    assert not is_signed_in(client)


def test_a_denial_is_said(client, seller, salesforce):
    response = sign_in_by_salesforce(client, salesforce, allow=False)

    assert "told not to allow it" in refusal(client, response)


def test_an_answer_to_another_browser_lets_nobody_in(client, seller, salesforce):
    asked = client.get(reverse("salesforce_login")).url
    location = salesforce.decide(asked)
    other = Client()

    assert "not to this browser" in refusal(other, come_back(other, location))


def test_an_answer_is_good_once(client, seller, salesforce):
    asked = client.get(reverse("salesforce_login")).url
    location = salesforce.decide(asked)
    come_back(client, location)
    client.post(reverse("account_logout"))

    assert "too old" in refusal(client, come_back(client, location))


def test_what_a_made_up_answer_says_is_not_repeated(client, salesforce):
    response = client.get(
        reverse("salesforce_callback"), {"error": "x", "error_description": "Call 555-0100"}
    )

    assert "555-0100" not in refusal(client, response)


def test_a_code_that_is_refused_is_said_in_words(client, seller, salesforce):
    asked = client.get(reverse("salesforce_login")).url
    location = salesforce.decide(asked)
    salesforce.change_settings(client_secret="another")

    response = come_back(client, location)

    assert "does not accept this consumer secret" in refusal(client, response)


def test_only_who_it_is_is_asked_for_and_with_pkce(client, salesforce):
    asked = parse_qs(urlsplit(client.get(reverse("salesforce_login")).url).query)

    assert set(asked["scope"][0].split()) == {"id", "openid"}
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/accounts/salesforce/login/callback/"]


def test_parameters_of_the_address_change_nothing_of_what_is_asked(client, salesforce):
    wanted = {"scope": "full", "auth_params": "redirect_uri=https://evil.example/"}

    asked = parse_qs(urlsplit(client.get(reverse("salesforce_login"), wanted).url).query)

    assert "full" not in asked["scope"][0]
    assert asked["redirect_uri"] == ["http://testserver/accounts/salesforce/login/callback/"]


def test_the_session_in_salesforce_ends_at_once_and_connections_go_on(client, seller, salesforce):
    sign_in_by_salesforce(client, salesforce)

    assert salesforce.calls()["POST /services/oauth2/revoke"] == 1
    main = SalesforceConnection.objects.get()
    assert main.is_main
    assert main.state == SalesforceConnection.State.CONNECTED


def test_it_leads_back_to_the_page_asked_for(client, seller, salesforce):
    page = reverse("settings:profile")
    entrance = client.get(page)
    link = f"{reverse('salesforce_login')}?next={page}"
    assert link in client.get(entrance.url).content.decode()

    assert sign_in_by_salesforce(client, salesforce, next_url=page).url == page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_it_never_leads_to_another_site(client, seller, salesforce, target):
    response = sign_in_by_salesforce(client, salesforce, next_url=target)

    assert response.url == reverse("people:list")


def test_the_second_factor_is_asked_for_all_the_same(client, seller, salesforce):
    totp_for(seller)

    response = sign_in_by_salesforce(client, salesforce)

    assert response.url == reverse("mfa_authenticate")
    assert not is_signed_in(client)


def totp_for(user):
    TOTP.activate(user, generate_totp_secret())


def test_without_a_connected_org_it_is_not_offered(client, db):
    page = client.get(reverse("account_login")).content.decode()
    assert "Sign in with Salesforce" not in page

    for name in ("salesforce_login", "salesforce_callback"):
        response = client.get(reverse(name))
        assert "Salesforce is not connected" in refusal(client, response)
