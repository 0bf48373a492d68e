from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from syncing.salesforce_connections.models import SalesforceConnection
from tests.admin_config.salesforce.conftest import go_and_come_back, text_of

pytestmark = pytest.mark.django_db


def page(client):
    return text_of(client.get(reverse("settings:my-salesforce")))


def begin(client):
    return client.get(reverse("settings:my-salesforce-connect")).url


def come_back(client, location):
    parts = urlsplit(location)
    return text_of(client.get(f"{parts.path}?{parts.query}", follow=True))


def connected():
    return SalesforceConnection.objects.exclude(user=None).exists()


def test_a_seller_connects_and_disconnects(seller_client, seller, main, salesforce):
    assert "main connection logs for you" in page(seller_client)

    text = text_of(go_and_come_back(seller_client, salesforce))
    assert "Salesforce is connected as Sam" in text
    assert SalesforceConnection.objects.get(user=seller)

    text = text_of(seller_client.post(reverse("settings:my-salesforce-disconnect"), follow=True))
    assert "Not connected" in text
    assert not connected()
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "SALESFORCE_CONNECTED",
        "SALESFORCE_DISCONNECTED",
    ]


def test_what_salesforce_is_asked_for(seller_client, seller, main, salesforce):
    asked = parse_qs(urlsplit(begin(seller_client)).query)

    assert asked["scope"] == ["api refresh_token"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/settings/salesforce/callback/"]
    assert asked["login_hint"] == [seller.email]
    assert salesforce.client_secret not in str(asked)


def test_a_denial_is_said_and_connects_nothing(seller_client, main, salesforce):
    text = text_of(go_and_come_back(seller_client, salesforce, allow=False))

    assert "told not to allow it" in text
    assert not connected()


def test_an_answer_counts_once(seller_client, main, salesforce):
    location = salesforce.decide(begin(seller_client))
    come_back(seller_client, location)
    SalesforceConnection.objects.exclude(user=None).delete()

    assert "not to what was begun here" in come_back(seller_client, location)
    assert not connected()


def test_somebody_elses_answer_is_worth_nothing(seller_client, admin, main, salesforce):
    other = Client()
    other.force_login(admin)
    theirs = salesforce.decide(begin(other), user="admin@example.com")
    begin(seller_client)

    assert "not to what was begun here" in come_back(seller_client, theirs)
    assert not connected()


def test_an_answer_that_comes_too_late_is_worth_nothing(seller_client, main, salesforce):
    location = salesforce.decide(begin(seller_client))

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert "too old" in come_back(seller_client, location)
    assert not connected()


def test_who_is_no_admin_any_more_cannot_finish_the_main_connection(
    admin_client, admin, main, salesforce
):
    url = admin_client.get(reverse("settings:salesforce-connect")).url
    location = salesforce.decide(url, user="sam@example.com")
    admin.role = "USER"
    admin.save()

    assert "Only an admin" in come_back(admin_client, location)
    assert SalesforceConnection.objects.get() == main


def test_the_wrong_org_is_refused_in_words(seller_client, main, salesforce):
    salesforce.change_settings(other_org=True)

    assert "another Salesforce org" in text_of(go_and_come_back(seller_client, salesforce))
    assert not connected()


def test_the_wrong_person_is_refused_in_words(seller_client, main, salesforce):
    response = go_and_come_back(seller_client, salesforce, user="admin@example.com")

    assert "which is not you" in text_of(response)
    assert not connected()


def test_a_lost_connection_is_shown_with_its_reason_and_connected_again(
    seller_client, main, salesforce
):
    go_and_come_back(seller_client, salesforce)
    salesforce.revoke_approvals()
    seller_client.post(reverse("settings:my-salesforce-test"))

    text = page(seller_client)
    assert "Needs re-connect" in text
    assert "it was revoked, or it expired" in text

    go_and_come_back(seller_client, salesforce)
    assert "Needs re-connect" not in page(seller_client)
    assert "It works." in text_of(
        seller_client.post(reverse("settings:my-salesforce-test"), follow=True)
    )


def test_without_an_app_a_seller_is_told_to_ask(seller_client):
    assert "Ask an admin" in page(seller_client)
    response = seller_client.get(reverse("settings:my-salesforce-connect"), follow=True)
    assert "An admin has to enter" in text_of(response)
