"""What happened to an email, in order: for its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.emails.models import Email, InboundMessage, TrackingHit

MAX_SHOWN = 200

_ICONS = {
    TrackingHit.Kind.OPEN: "eye",
    TrackingHit.Kind.CLICK: "pointer",
    TrackingHit.Kind.VIEW: "file-text",
}


class Happening(NamedTuple):
    """`is_counted` is false for what a machine or the sender did; `note` says so."""

    moment: datetime
    icon: str
    label: str | Promise
    text: str = ""
    note: str | Promise = ""
    is_counted: bool = True


def happenings_of(email: Email) -> list[Happening]:
    """The newest first; of opens and clicks no more than MAX_SHOWN."""
    found = [*_own(email), *_hits(email), *_inbound(email)]
    return sorted(found, key=lambda happening: happening.moment, reverse=True)


def _own(email: Email) -> Iterator[Happening]:
    if email.archived_at:
        yield Happening(email.archived_at, "archive", _("Archived"))
    if email.sent_at:
        yield Happening(email.sent_at, "send", _("Sent"), email.to_address)
    elif email.settled_at:
        label = email.get_state_display()
        yield Happening(email.settled_at, "alert-circle", label, email.reason)
    yield Happening(email.created_at, "pencil", _("Written"))


def _hits(email: Email) -> Iterator[Happening]:
    hits = email.hits.exclude(verdict=TrackingHit.Verdict.ARCHIVED).select_related("link", "file")
    for hit in hits.defer("file__content").order_by("-occurred_at", "-pk")[:MAX_SHOWN]:
        is_counted = hit.verdict in {TrackingHit.Verdict.HUMAN, TrackingHit.Verdict.PENDING}
        reason = hit.verdict_reason or hit.get_verdict_display()
        yield Happening(
            hit.occurred_at,
            _ICONS[TrackingHit.Kind(hit.kind)],
            hit.get_kind_display(),
            _what_of(hit),
            "" if is_counted else reason,
            is_counted,
        )


def _what_of(hit: TrackingHit) -> str:
    if hit.link:
        return hit.link.url
    return hit.file.name if hit.file else ""


def _inbound(email: Email) -> Iterator[Happening]:
    for message in email.inbound.order_by("-received_at", "-pk")[:MAX_SHOWN]:
        is_counted = message.kind != InboundMessage.Kind.OUT_OF_OFFICE
        yield Happening(
            message.received_at,
            "arrow-back-up",
            f"{message.get_kind_display()} · {message.from_address}",
            message.text,
            "" if is_counted else _("Automatic answer"),
            is_counted,
        )
