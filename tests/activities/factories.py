"""What emails need: somebody to write as, a server to go out by, and what to write."""

import itertools
from datetime import UTC, datetime

from activities.emails.models import (
    DeliveryChannel,
    Email,
    SenderIdentity,
    Template,
    TemplateCategory,
)
from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from tests.factories import make_person

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
_numbers = itertools.count(1)


def make_identity(user, **fields):
    """A verified From address; the user's default unless there is one."""
    defaults = {
        "name": user.name,
        "address": user.email,
        "is_default": not user.sender_identities.filter(is_default=True).exists(),
        "verified_at": NOW,
        "created_at": NOW,
    }
    return SenderIdentity.objects.create(user=user, **(defaults | fields))


def make_channel(user=None, *, mail=None, **fields):
    """A channel to the mailbox server `mail`, without a throttle; the team's without a user."""
    security = DeliveryChannel.Security.NONE
    defaults = {
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.smtp_port if mail else 9,
        "smtp_security": security,
        "imap_host": "127.0.0.1" if mail else "",
        "imap_port": mail.imap_port if mail else 993,
        "imap_security": security,
        "imap_user": user.email if user else "team@example.com",
        "imap_password": SANDBOX_MAIL_PASSWORD,
        "throttle_emails": 0,
        "created_at": NOW,
    }
    return DeliveryChannel.objects.create(user=user, **(defaults | fields))


def make_template(owner, **fields):
    number = next(_numbers)
    category = fields.pop("category", None) or TemplateCategory.objects.create(
        name=f"Category {number}"
    )
    defaults = {
        "name": f"Template {number}",
        "subject": "Hello {{first_name}}",
        "body_html": "<p>How is {{company}}?</p>",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Template.objects.create(owner=owner, category=category, **(defaults | fields))


def make_email(sender, person=None, **fields):
    """A draft, or in another state what such an email has."""
    state = fields.get("state", Email.State.DRAFT)
    number = next(_numbers)
    defaults = {
        "identity": sender.sender_identities.filter(is_default=True).first(),
        "person": person or make_person(),
        "subject": "Your pumps",
        "body_html": "<p>Shall we talk about them?</p>",
        "created_at": NOW,
        "updated_at": NOW,
    }
    if state == Email.State.SCHEDULED:
        defaults |= {"scheduled_for": NOW, "next_attempt_at": NOW}
    if state in {Email.State.SENT, Email.State.BOUNCED, Email.State.SPAM, Email.State.UNCERTAIN}:
        defaults |= {
            "to_address": defaults["person"].email,
            "sent_subject": "Your pumps",
            "sent_html": "<p>Shall we talk about them?</p>",
            "sent_text": "Shall we talk about them?\n",
            "from_header": f"{sender.name} <{sender.email}>",
            "message_id": f"factory-{number}@example.com",
            "transmitting_at": NOW,
            "settled_at": NOW,
        }
    if state in {Email.State.SENT, Email.State.BOUNCED, Email.State.SPAM}:
        defaults["sent_at"] = NOW
    return Email.objects.create(sender=sender, **(defaults | fields))
