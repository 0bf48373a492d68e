"""Emails as the API shows them. What is absent is null."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activities.emails.models import Email
from people.api.representation import timestamp

_MOMENTS = (
    "scheduled_for",
    "next_attempt_at",
    "sent_at",
    "last_engaged_at",
    "created_at",
    "updated_at",
)


def email_body(email: Email) -> dict[str, Any]:
    """`sender`, `identity` and `person` must be loaded with it."""
    return {
        "id": email.pk,
        "person": email.person_id,
        "sender": email.sender.email,
        "from": email.from_header or (str(email.identity) if email.identity else None),
        "to": email.to_address or email.person.email or None,
        "cc": email.cc,
        "bcc": email.bcc,
        "subject": str(email) or None,
        "state": email.state.lower(),
        "reason_code": email.reason_code or None,
        "reason": email.reason or None,
        "template": email.template_id,
        "campaign": email.campaign_id,
        "follow_up_to": email.follow_up_to_id,
        "is_non_commercial": email.is_non_commercial,
        "is_archived": email.archived_at is not None,
        "is_success": email.is_success,
        "message_id": email.message_id,
        "views": email.views,
        "clicks": email.clicks,
        "replies": email.replies,
        **{name: _moment(getattr(email, name)) for name in _MOMENTS},
    }


def detail_body(email: Email) -> dict[str, Any]:
    links = email.links.order_by("position")
    return {
        **email_body(email),
        "body_html": email.body_html,
        "sent_html": email.sent_html or None,
        "sent_text": email.sent_text or None,
        "links": [{"url": link.url, "clicks": link.clicks} for link in links],
    }


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
