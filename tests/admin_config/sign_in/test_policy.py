"""Which ways to sign in are open, and that nobody is locked out by mistake."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admin_config.invitations.services import invite
from admin_config.models import AuditEvent
from admin_config.sign_in.policy import current_policy
from tests.admin_config.sign_in.conftest import (
    PASSWORD,
    is_signed_in,
    refusal,
    sign_in_by_salesforce,
    signed_in_email,
)

pytestmark = pytest.mark.django_db


def choose(client, policy):
    return client.post(reverse("settings:sign-in"), {"policy": policy}, follow=True)


def test_an_admin_who_signed_in_with_salesforce_makes_it_the_only_way(client, admin, salesforce):
    sign_in_by_salesforce(client, salesforce, user="admin@example.com")

    response = choose(client, "SALESFORCE_ONLY")

    assert "It holds from now on." in response.content.decode()
    assert current_policy() == "SALESFORCE_ONLY"
    event = AuditEvent.objects.latest("id")
    assert event.actor == admin
    assert event.details == {"policy": ["ALL_METHODS", "SALESFORCE_ONLY"]}


def test_an_admin_who_signed_in_otherwise_may_not(admin_client, salesforce):
    response = choose(admin_client, "SALESFORCE_ONLY")

    assert "Sign in with Salesforce yourself first" in response.content.decode()
    assert current_policy() == "ALL_METHODS"


def test_opening_the_other_ways_needs_no_proof(admin_client, salesforce_only):
    choose(admin_client, "ALL_METHODS")

    assert current_policy() == "ALL_METHODS"


def test_saving_what_holds_leaves_no_trace(admin_client, salesforce_only):
    before = AuditEvent.objects.count()

    response = choose(admin_client, "SALESFORCE_ONLY")

    assert "It holds from now on." in response.content.decode()
    assert AuditEvent.objects.count() == before


def test_with_salesforce_only_the_right_password_lets_nobody_in(client, seller, salesforce_only):
    credentials = {"login": "sam@example.com", "password": PASSWORD}

    response = client.post(reverse("account_login"), credentials)

    assert "Passwords are not used here" in refusal(client, response)
    page = client.get(reverse("account_login")).content.decode()
    assert 'name="password"' not in page
    assert "Sign in with Salesforce" in page


def test_with_salesforce_only_salesforce_lets_in(client, seller, salesforce, salesforce_only):
    sign_in_by_salesforce(client, salesforce)

    assert signed_in_email(client) == "sam@example.com"


@pytest.mark.parametrize("name", ["account_reset_password", "account_reset_password_done"])
def test_with_salesforce_only_no_password_is_reset(client, seller, salesforce_only, name):
    response = client.post(reverse(name), {"email": "sam@example.com"})

    assert "Passwords are not used here" in refusal(client, response)
    assert mail.outbox == []


def test_with_salesforce_only_no_password_is_changed(seller_client, seller, salesforce_only):
    values = {"oldpassword": PASSWORD, "password1": "Other-Signal-7", "password2": "Other-Signal-7"}

    seller_client.post(reverse("account_change_password"), values)

    seller.refresh_from_db()
    assert seller.check_password(PASSWORD)
    assert "Change password" not in seller_client.get(reverse("settings:profile")).content.decode()


def test_with_salesforce_only_admins_make_no_password_links(admin_client, seller, salesforce_only):
    page = admin_client.get(reverse("settings:user", args=[seller.pk])).content.decode()
    response = admin_client.post(reverse("settings:user-password-link", args=[seller.pk]))

    assert "Password link" not in page
    assert response.status_code == 302


def test_whoever_is_signed_in_stays_so(seller_client, salesforce_only):
    assert is_signed_in(seller_client)


def test_who_is_invited_needs_no_password(client, admin, salesforce, salesforce_only):
    (link,) = invite(
        emails=["sara@example.com"], role="USER", teams=[], by=admin, now=timezone.now()
    )
    address = reverse("account_invitation", args=[link.secret])
    assert 'name="password"' not in client.get(address).content.decode()

    response = client.post(
        address, {"first_name": "Sara", "last_name": "Seller", "time_zone": "UTC"}
    )

    assert response.url == reverse("salesforce_login")
    assert not is_signed_in(client)
    assert not get_user_model().objects.get(email="sara@example.com").has_usable_password()
    sign_in_by_salesforce(client, salesforce, user="sara@example.com")
    assert signed_in_email(client) == "sara@example.com"


def test_the_org_is_not_left_while_it_is_the_only_way_in(admin_client, salesforce_only):
    response = admin_client.post(reverse("settings:salesforce-leave"), follow=True)

    assert "Let them in by other ways first" in response.content.decode()


def test_without_an_org_it_cannot_be_the_only_way(db):
    with pytest.raises(CommandError, match="Connect Salesforce first"):
        call_command("login_policy", "SALESFORCE_ONLY")


def test_whoever_runs_the_server_opens_the_other_ways_again(seller, salesforce_only, capsys):
    call_command("login_policy")
    call_command("login_policy", "ALL_METHODS")

    assert re.findall(r"\w+", capsys.readouterr().out) == ["SALESFORCE_ONLY", "ALL_METHODS"]
    assert AuditEvent.objects.latest("id").actor_email == "manage.py"
    client = Client()
    client.post(reverse("account_login"), {"login": "sam@example.com", "password": PASSWORD})
    assert is_signed_in(client)


def test_the_page_tells_the_callback_address(admin_client, salesforce):
    text = admin_client.get(reverse("settings:sign-in")).content.decode()

    assert "http://testserver/accounts/salesforce/login/callback/" in text
