"""Activities for tests, recorded as in production."""

import itertools
from datetime import UTC, datetime

from activities.details import (
    BounceDetails,
    CallDetails,
    CampaignDetails,
    EmailDetails,
    ReplyDetails,
)
from activities.models import Activity
from activities.recording import Entry, Kind, record

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
SELLER = "sam@example.com"
_EMAIL = EmailDetails(sent_by=SELLER, email_subject="Pricing", link="https://example.com/price")
_CAMPAIGN = CampaignDetails(campaign_id=1, campaign_name="Spring", campaign_url="", sent_by=SELLER)
DETAILS = {
    Kind.EMAIL_SENT: _EMAIL,
    Kind.EMAIL_OPENED: _EMAIL,
    Kind.EMAIL_CLICKED: _EMAIL,
    Kind.EMAIL_REPLIED: ReplyDetails(received_by=SELLER),
    Kind.EMAIL_BOUNCED: BounceDetails(details="550", email="ann@example.com", sent_by=SELLER),
    Kind.CALL_RECEIVED: CallDetails(made_by=SELLER, status="completed", outcome="Interested"),
    Kind.CAMPAIGN_ADDED: _CAMPAIGN,
    Kind.CAMPAIGN_REMOVED: _CAMPAIGN,
}
_ABOUT = {"EMAIL": Activity.About.EMAIL, "CALL_": Activity.About.CALL}
_numbers = itertools.count(1)


def entry(person, actor, *, kind=Kind.EMAIL_SENT, **fields):
    """What to record: like nothing recorded before, unless it is given a key."""
    number = next(_numbers)
    defaults = {
        "occurred_at": NOW,
        "about_type": _ABOUT.get(kind[:5], Activity.About.CAMPAIGN_MEMBER),
        "about_id": number,
        "subject": "Pricing",
        "details": DETAILS[kind],
        "idempotency_key": f"test:{number}",
    }
    return Entry(kind=kind, person=person, actor=actor, **(defaults | fields))


def log(person, actor, **fields):
    """Record one activity and return it."""
    now = fields.pop("now", NOW)
    return record(entry(person, actor, **fields), now=now)
