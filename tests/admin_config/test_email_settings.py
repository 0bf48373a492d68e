"""My email, Email, Unsubscribes and Tracking in the settings."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from activities.emails import identities
from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import (
    BlockedDomain,
    DeliveryChannel,
    EmailSettings,
    SenderIdentity,
    UserEmailSettings,
)
from admin_config.models import AuditEvent
from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from syncing.sandbox.testing import running_mailbox
from tests.activities.factories import make_channel

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def mailbox():
    with running_mailbox() as mailbox:
        yield mailbox


def post(client, page, *args, **data):
    return client.post(reverse(f"settings:{page}", args=args), data, follow=True)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def add_identity(user, address="sam@example.com"):
    return identities.add(user=user, name="Sam", address=address, now=timezone.now())


def server_of(mailbox, **fields):
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": mailbox.smtp_port,
        "smtp_security": "NONE",
        "smtp_user": "sam@example.com",
        "smtp_password": SANDBOX_MAIL_PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": mailbox.imap_port,
        "imap_security": "NONE",
        "imap_user": "sam@example.com",
        "imap_password": SANDBOX_MAIL_PASSWORD,
        "imap_folder": "INBOX",
        "throttle_emails": 25,
        "throttle_seconds": 45,
    } | fields


def test_a_new_identity_is_confirmed_by_the_link_that_was_mailed_to_it(seller_client, seller):
    page = text(post(seller_client, "identity-add", name="Sam", address="sam@example.com"))
    assert "A link is on its way to sam@example.com" in page
    assert "Not confirmed yet" in page

    (message,) = mail.outbox
    path = re.search(r"/settings/my-email/verify/\S+", message.body)[0]
    assert "sam@example.com" in text(seller_client.get(path))
    assert SenderIdentity.objects.get().verified_at is None

    page = text(seller_client.post(path, follow=True))
    assert "sam@example.com is confirmed." in page
    assert SenderIdentity.objects.get().verified_at


def test_a_link_that_somebody_changed_confirms_nothing(seller_client, seller):
    token = identities.token_of(add_identity(seller))

    page = text(post(seller_client, "identity-verify", token[:-2] + "xx"))

    assert "This link is not valid any more" in page
    assert SenderIdentity.objects.get().verified_at is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_confirms_the_identity_of_a_colleague(seller_client, other_seller, method):
    token = identities.token_of(add_identity(other_seller, "sam@example.com"))
    url = reverse("settings:identity-verify", args=[token])

    page = text(getattr(seller_client, method)(url, follow=True))

    assert f"Only {other_seller.get_full_name()} can confirm this address" in page
    assert SenderIdentity.objects.get().verified_at is None


def test_a_link_is_good_for_seven_days(seller_client, seller):
    identity = add_identity(seller)
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        token = identities.token_of(identity)

    assert "This link is not valid any more" in text(post(seller_client, "identity-verify", token))


def test_the_link_is_mailed_again_at_most_once_a_minute(seller_client, seller):
    identity = add_identity(seller)

    post(seller_client, "identity-mail", identity.pk)
    page = text(post(seller_client, "identity-mail", identity.pk))

    assert "mailed a moment ago" in page
    assert len(mail.outbox) == 1


def test_a_third_identity_is_one_too_many(seller_client, seller):
    add_identity(seller, "one@example.com")
    add_identity(seller, "two@example.com")

    post(seller_client, "identity-add", name="Sam", address="three@example.com")

    assert SenderIdentity.objects.count() == 2


def test_somebody_elses_identity_is_not_there(seller_client, other_seller):
    identity = add_identity(other_seller)

    for name in ("identity", "identity-mail", "identity-default", "identity-remove"):
        assert post(seller_client, name, identity.pk).status_code == 404
    assert SenderIdentity.objects.count() == 1


def test_a_server_is_tested_as_soon_as_it_is_saved(seller_client, seller, mailbox):
    password = SANDBOX_MAIL_PASSWORD
    data = server_of(mailbox, smtp_password=password, imap_password=password)

    page = text(post(seller_client, "my-channel", **data))

    assert "Sending (SMTP): Signed in." in page
    assert "Replies and bounces (IMAP): Signed in." in page
    assert DeliveryChannel.objects.get().user == seller


def test_a_wrong_password_is_named_for_the_server_it_is_wrong_at(seller_client, mailbox):
    data = server_of(mailbox, smtp_password=SANDBOX_MAIL_PASSWORD, imap_password="wrong")

    page = text(post(seller_client, "my-channel", **data))

    assert "Sending (SMTP): Signed in." in page
    assert "Replies and bounces (IMAP): Signed in." not in page


def test_a_stored_password_is_never_shown_and_stays_when_left_empty(seller_client, mailbox):
    password = SANDBOX_MAIL_PASSWORD
    data = server_of(mailbox, smtp_password=password, imap_password=password)
    post(seller_client, "my-channel", **data)

    page = post(seller_client, "my-channel", **data | {"smtp_password": "", "imap_password": ""})

    assert password not in page.content.decode()
    assert DeliveryChannel.objects.get().smtp_password == password


def test_the_teams_server_is_the_admins_and_audited(admin_client, seller, mailbox):
    post(admin_client, "team-channel", **server_of(mailbox))

    assert DeliveryChannel.objects.get().user is None
    assert AuditEvent.objects.filter(action="TEAM_CHANNEL_CHANGED", target="127.0.0.1").exists()

    post(admin_client, "team-channel-remove")
    assert not DeliveryChannel.objects.exists()


def test_sending_and_reading_are_told_apart(seller_client, seller, mailbox):
    post(seller_client, "my-channel", **server_of(mailbox))
    assert "Not read yet" in text(seller_client.get(reverse("settings:my-email")))
    DeliveryChannel.objects.update(imap_password="wrong")

    poll_mailboxes(now=timezone.now())

    page = text(seller_client.get(reverse("settings:my-email")))
    assert "The mailbox refused the user or the password" in page
    assert "Emails go out all the same." in page
    assert DeliveryChannel.objects.get().state == DeliveryChannel.State.OK


def test_an_admin_sees_whose_mailbox_cannot_be_read(admin_client, seller, mailbox):
    make_channel(seller, mail=mailbox, imap_password="wrong")
    poll_mailboxes(now=timezone.now())
    page = text(admin_client.get(reverse("settings:email")))
    assert "Sellers whose mailbox can't be read" in page
    assert "The mailbox refused the user or the password" in page

    DeliveryChannel.objects.update(imap_password=SANDBOX_MAIL_PASSWORD)
    poll_mailboxes(now=timezone.now() + timedelta(hours=2))

    assert "can't be read" not in text(admin_client.get(reverse("settings:email")))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Competitor.com", "competitor.com"),
        ("@foe.example", "foe.example"),
        ("büro.de", "xn--bro-hoa.de"),
    ],
)
def test_a_domain_is_blocked_in_the_form_mail_servers_know(admin_client, typed, stored):
    post(admin_client, "domain-block", domain=typed)

    assert BlockedDomain.objects.get().domain == stored


@pytest.mark.parametrize("typed", ["no domain", "http://foe.example/", "localhost", "-.com"])
def test_what_is_no_domain_is_refused_in_words(admin_client, typed):
    page = text(post(admin_client, "domain-block", domain=typed))

    assert "is not a domain" in page
    assert not BlockedDomain.objects.exists()


def test_unblocking_a_domain_is_audited(admin_client):
    post(admin_client, "domain-block", domain="foe.example")

    post(admin_client, "domain-unblock", BlockedDomain.objects.get().pk)

    assert not BlockedDomain.objects.exists()
    assert AuditEvent.objects.filter(action="DOMAIN_UNBLOCKED", target="foe.example").exists()


def test_a_changed_setting_is_audited_from_which_value_to_which(admin_client):
    post(admin_client, "daily-cap", daily_cap=500)

    assert EmailSettings.load().daily_cap == 500
    assert AuditEvent.objects.get().details == {"daily_cap": [1000, 500]}


def test_an_unsubscribe_message_without_a_link_is_refused(admin_client):
    page = text(post(admin_client, "unsubscribes", unsubscribe_message_html="<p>Bye</p>"))

    assert "Make a part of the message a link" in page


def test_scripts_are_taken_out_of_the_unsubscribe_message(admin_client):
    html = '<p><a href="#">Stop</a><script>alert(1)</script></p>'

    post(admin_client, "unsubscribes", unsubscribe_message_html=html)

    assert "script" not in EmailSettings.load().unsubscribe_message_html


def test_a_seller_writes_an_own_message_where_the_admin_allows_it(seller_client, seller):
    form = 'name="unsubscribe_message_html"'
    assert form not in text(seller_client.get(reverse("settings:my-email")))

    EmailSettings.objects.create(pk=1, users_write_own_message=True)
    assert form in text(seller_client.get(reverse("settings:my-email")))
    post(seller_client, "own-message", unsubscribe_message_html="<p>Bye<script></script></p>")

    assert UserEmailSettings.objects.get(user=seller).unsubscribe_message_html == "<p>Bye</p>"


def test_a_tracking_address_is_a_host_alone(admin_client):
    page = text(post(admin_client, "tracking", tracking_url="https://go.example.com/path"))
    assert "Only scheme and host" in page

    post(admin_client, "tracking", tracking_url="https://go.example.com/")
    assert EmailSettings.load().tracking_url == "https://go.example.com"
