"""The frame of every page says that a connection has to be made again, to whoever can."""

import pytest
from django.urls import reverse
from django.utils import timezone

from syncing.salesforce_connections.models import SalesforceConnection
from tests.factories import make_user

pytestmark = pytest.mark.django_db

OWN = "Your Salesforce connection has ended."
MAIN = "The workspace's connection to Salesforce has ended."


@pytest.fixture
def connect(db):
    def make(user=None, state="NEEDS_RECONNECT"):
        number = 2 if user is None else 100 + user.pk
        return SalesforceConnection.objects.create(
            user=user,
            kind="USER",
            salesforce_user_id=f"005{number:012}AAA",
            state=state,
            state_reason="Salesforce says no.",
            connected_at=timezone.now(),
            renewed_at=timezone.now(),
        )

    return make


def page(client, name="reminders:list"):
    return client.get(reverse(name)).content.decode()


def test_the_seller_is_told_and_led_to_connecting(seller_client, seller, connect):
    connect(seller)

    shown = page(seller_client)

    assert OWN in shown
    assert "Salesforce says no." in shown
    assert reverse("settings:my-salesforce") in shown


@pytest.mark.parametrize(
    ("main", "meanwhile"),
    [
        (None, "What you do waits"),
        ("NEEDS_RECONNECT", "What you do waits"),
        ("CONNECTED", "goes over the workspace’s connection"),
    ],
)
def test_the_seller_is_told_what_becomes_of_the_work(
    seller_client, seller, connect, main, meanwhile
):
    connect(seller)
    if main:
        connect(state=main)

    assert meanwhile in page(seller_client)


def test_a_seller_is_not_told_of_what_others_must_do(seller_client, admin, connect):
    connect(None)
    connect(admin)

    assert "frame-notice" not in page(seller_client)


def test_the_admin_is_told_of_the_main_connection_and_of_how_many_others(
    admin_client, seller, other_seller, connect
):
    for user in (None, seller, other_seller):
        connect(user)

    shown = page(admin_client)

    assert MAIN in shown
    assert OWN not in shown
    assert "2 users have to connect Salesforce again." in shown


def test_diagnostics_names_who_has_to_connect_again(admin_client, seller, connect):
    connect(seller)

    shown = page(admin_client, "settings:diagnostics")

    assert "Sam Seller: Salesforce says no." in shown
    assert "Who, and why" not in shown


def test_nobody_is_told_of_users_who_have_left(admin_client, connect):
    connect(make_user(email="gone@example.com", is_active=False))

    assert "frame-notice" not in page(admin_client)


@pytest.mark.parametrize("state", ["CONNECTED", "PAUSED"])
def test_what_goes_on_by_itself_is_no_notice(admin_client, connect, state):
    connect(None, state=state)

    assert "frame-notice" not in page(admin_client)
