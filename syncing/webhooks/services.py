"""What an admin does with endpoints and messages."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from people.errors import Refused
from syncing.webhooks.claims import LEASE, note_success
from syncing.webhooks.models import Endpoint, Message
from syncing.webhooks.signing import new_secret
from syncing.webhooks.sweep import Parcel, send

State = Message.State

KEPT_FOR = timedelta(days=30)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def checked_url(url: str) -> str:
    """The address in ASCII. Raises Refused for what is no address of another system."""
    try:
        address = urlsplit(iri_to_uri(url))
        address.port  # noqa: B018 - it is checked when it is read
    except ValueError as error:
        raise Refused(_("This is no address.")) from error
    is_local = address.scheme == "http" and address.hostname in _LOOPBACK
    if not (address.scheme == "https" or (is_local and settings.WEBHOOK_PRIVATE_HOSTS_ALLOWED)):
        raise Refused(_("Only https:// addresses are told anything."))
    if address.username or address.password or address.fragment:
        raise Refused(_("Leave out user name, password and what comes after #."))
    return address.geturl()


@transaction.atomic
def add_endpoint(*, url: str, now: datetime) -> Endpoint:
    """Its secret is shown to the admin once. Raises Refused."""
    if Endpoint.objects.count() >= Endpoint.MAX_ENDPOINTS:
        raise Refused(_("%(limit)d webhooks are the limit.") % {"limit": Endpoint.MAX_ENDPOINTS})
    return Endpoint.objects.create(url=checked_url(url), secret=new_secret(), created_at=now)


def replace_secret(*, endpoint: Endpoint) -> str:
    """The new secret, with which everything is signed from now on."""
    secret = new_secret()
    endpoint.secret = secret
    endpoint.save(update_fields=["secret"])
    return secret


def pause(*, endpoint: Endpoint, reason: str, now: datetime) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(paused_at=now, pause_reason=reason)


@transaction.atomic
def resume(*, endpoint: Endpoint, now: datetime) -> None:
    """All that waits goes out now."""
    Endpoint.objects.filter(pk=endpoint.pk).update(
        paused_at=None, pause_reason="", failures=0, failing_since=None, rests_until=None
    )
    # What is due sooner comes by itself, or is being sent just now.
    later = endpoint.messages.filter(state=State.PENDING, due_at__gt=now + LEASE)
    later.update(due_at=now)


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint) -> None:
    """With its log. The lock waits for whoever is adding messages."""
    Endpoint.objects.select_for_update().get(pk=endpoint.pk).delete()


def resend(*, message: Message, now: datetime) -> None:
    """Once more, with the same event id; the receiver knows whether it had it."""
    closed = Message.objects.filter(pk=message.pk).exclude(kind=Message.Kind.PING)
    closed.update(state=State.PENDING, attempts=0, due_at=now, error="")


def ping(*, endpoint: Endpoint, now: datetime) -> Message:
    """Send a test at once, also to one that is paused, and keep it in the log."""
    message = Message(
        endpoint=endpoint,
        event_id=uuid.uuid4(),
        kind=Message.Kind.PING,
        data={"message": "Hello from Actions"},
        attempts=1,
        due_at=now,
        created_at=now,
        attempted_at=now,
    )
    answer = send(Parcel(message, endpoint.url, endpoint.secret))
    message.state = State.DELIVERED if answer.is_success else State.FAILED
    message.response_status, message.error = answer.status, answer.error
    message.save()
    if answer.is_success:
        note_success(endpoint)
    return message


def forget_old_messages(*, now: datetime) -> int:
    """Delete what is older than 30 days, delivered or not; return how many."""
    return Message.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
