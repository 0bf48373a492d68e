"""What happened to an email, as entries of the activity log."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from activities.details import BounceDetails, EmailDetails, ReplyDetails
from activities.emails.models import Email
from activities.models import Activity
from activities.recording import Entry

Kind = Activity.Kind


def sent_entry(*, email: Email, occurred_at: datetime) -> Entry:
    """A retry of what went out before has another UUID: it is another thing sent."""
    key = f"email:{email.pk}:sent:{email.uuid}"
    return _entry(email, Kind.EMAIL_SENT, occurred_at, key, _details(email))


def opened_entry(*, email: Email, occurred_at: datetime, hit_id: int) -> Entry:
    return _entry(email, Kind.EMAIL_OPENED, occurred_at, f"hit:{hit_id}", _details(email))


def clicked_entry(*, email: Email, occurred_at: datetime, hit_id: int, link: str) -> Entry:
    """`link` is where the click led: an address, or the name of a tracked file."""
    details = _details(email, link=link)
    return _entry(email, Kind.EMAIL_CLICKED, occurred_at, f"hit:{hit_id}", details)


def replied_entry(*, email: Email, occurred_at: datetime, inbound_id: int) -> Entry:
    details = ReplyDetails(received_by=email.sender.email)
    return _entry(email, Kind.EMAIL_REPLIED, occurred_at, f"inbound:{inbound_id}", details)


def bounced_entry(
    *, email: Email, occurred_at: datetime, inbound_id: int, address: str, message: str
) -> Entry:
    details = BounceDetails(
        details=message,
        email=address,
        sent_by=email.sender.email,
        template_id=email.template_id,
    )
    return _entry(email, Kind.EMAIL_BOUNCED, occurred_at, f"inbound:{inbound_id}", details)


def _entry(
    email: Email,
    kind: Activity.Kind,
    occurred_at: datetime,
    key: str,
    details: EmailDetails | ReplyDetails | BounceDetails,
) -> Entry:
    return Entry(
        kind=kind,
        person=email.person,
        actor=email.sender,
        occurred_at=occurred_at,
        about_type=Activity.About.EMAIL,
        about_id=email.pk,
        subject=str(email),
        details=details,
        idempotency_key=key,
    )


def _details(email: Email, *, link: str = "") -> EmailDetails:
    template = email.template
    return EmailDetails(
        sent_by=email.sender.email,
        email_subject=f"{email} {email.subject_id}",
        template_id=email.template_id,
        template_name=template.name if template else "",
        template_url=_address("templates:template", email.template_id),
        campaign_id=email.campaign_id,
        campaign_name=email.campaign_name,
        campaign_url=_address("campaigns:campaign", email.campaign_id),
        link=link,
    )


def _address(url_name: str, pk: int | None) -> str:
    return f"{settings.PUBLIC_URL}{reverse(url_name, args=[pk])}" if pk else ""
