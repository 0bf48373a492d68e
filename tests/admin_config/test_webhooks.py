"""Webhooks in the settings."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from syncing.webhooks.models import Endpoint, Message
from syncing.webhooks.services import add_endpoint
from syncing.webhooks.sweep import sweep
from tests.syncing.webhooks.driving import NOW, tell
from tests.syncing.webhooks.receiver import running_receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(db, receiver):
    return add_endpoint(url=receiver.url, now=NOW)


def url(page, *args):
    return reverse(f"settings:{page}", args=args)


def post(client, page, *args, **data):
    return client.post(url(page, *args), data, follow=True)


def audited():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_an_added_one_shows_its_secret_once_and_is_told_from_then_on(admin_client, receiver):
    page = post(admin_client, "webhooks", url=receiver.url)

    endpoint = Endpoint.objects.get()
    (secret,) = set(re.findall(r"whsec_[\w-]+", page.text))
    assert secret == endpoint.secret
    for again in ("webhooks", "webhook"):
        args = [endpoint.pk] if again == "webhook" else []
        assert secret not in admin_client.get(url(again, *args)).text
    tell()
    sweep(now=NOW)
    assert len(receiver.received) == 1
    assert audited() == ["WEBHOOK_ADDED"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.com/hook", "Only https:// addresses are told anything."),
        ("https://user:pass@example.com/", "Leave out user name, password"),
        ("ftp://example.com/", "Only https:// addresses are told anything."),
        ("https://example.com:99999/", "This is no address."),
        ("nonsense", "Enter a valid URL."),
    ],
)
def test_what_is_no_address_of_another_system_is_refused(admin_client, address, words):
    assert words in post(admin_client, "webhooks", url=address).text
    assert not Endpoint.objects.exists()


def test_plain_http_to_this_machine_is_for_development_only(admin_client, receiver, settings):
    settings.WEBHOOK_PRIVATE_HOSTS_ALLOWED = False
    page = post(admin_client, "webhooks", url=receiver.url)
    assert "Only https:// addresses are told anything." in page.text


def test_there_is_a_limit(admin_client):
    for number in range(Endpoint.MAX_ENDPOINTS):
        add_endpoint(url=f"https://example.com/{number}", now=NOW)
    page = post(admin_client, "webhooks", url="https://example.com/more")
    assert "10 webhooks are the limit." in page.text


def test_the_secret_is_stored_encrypted_and_can_be_replaced(admin_client, endpoint):
    page = post(admin_client, "webhook-secret", endpoint.pk)

    new = Endpoint.objects.get().secret
    assert new != endpoint.secret
    assert new in page.text
    stored = Endpoint.objects.raw("SELECT id, secret AS stored FROM webhooks_endpoint")[0].stored
    assert new not in stored
    assert audited() == ["WEBHOOK_SECRET_REPLACED"]


def test_a_test_says_what_came_back(admin_client, endpoint, receiver):
    assert "The test was taken: HTTP 200." in post(admin_client, "webhook-test", endpoint.pk).text

    receiver.statuses = [403]
    assert (
        "The test was not taken. HTTP 403" in post(admin_client, "webhook-test", endpoint.pk).text
    )


def test_the_log_tells_each_answer_and_sends_again(admin_client, endpoint, receiver):
    receiver.statuses = [500, 200]
    tell()
    sweep(now=NOW)
    page = admin_client.get(url("webhook", endpoint.pk))
    assert "HTTP 500" in page.text
    assert "Failing" in page.text

    message = Message.objects.get()
    post(admin_client, "webhook-resend", endpoint.pk, message.pk)
    post(admin_client, "webhook-resume", endpoint.pk)
    sweep(now=timezone.now())

    page = admin_client.get(url("webhook", endpoint.pk), {"state": "DELIVERED"})
    assert str(message.event_id) in page.text
    assert len(receiver.received) == 2
    assert audited() == ["WEBHOOK_EVENT_RESENT", "WEBHOOK_RESUMED"]


def test_it_is_paused_and_says_so(admin_client, admin, endpoint):
    page = post(admin_client, "webhook-pause", endpoint.pk)
    assert f"Paused by {admin.name}." in page.text

    page = post(admin_client, "webhook-resume", endpoint.pk)
    assert "Paused by" not in page.text


def test_the_log_is_paged(admin_client, endpoint):
    tell(60)
    page = admin_client.get(url("webhook", endpoint.pk))
    assert page.text.count("<code>person.updated</code>") == 50
    (older,) = re.findall(r'href="(\?cursor=[^"]+)"', page.text)
    page = admin_client.get(url("webhook", endpoint.pk) + older)
    assert page.text.count("<code>person.updated</code>") == 10


def test_deleting_says_what_is_lost_first(admin_client, endpoint):
    tell(2)
    page = admin_client.get(url("webhook-delete", endpoint.pk))
    assert "2 events wait and will not be sent." in page.text

    post(admin_client, "webhook-delete", endpoint.pk)

    assert not Endpoint.objects.exists()
    assert audited() == ["WEBHOOK_DELETED"]
