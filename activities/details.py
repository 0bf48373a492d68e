"""What each kind of activity tells beside who and when: the `details` of the log, by kind.

The attributes of Marketo's glossary of sales activities, save those that are the same for all.
Addresses are absolute and lead into this workspace.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EmailDetails:
    """Sent, opened and clicked emails; `link` is where a click led."""

    sent_by: str
    email_subject: str
    template_id: int | None = None
    template_name: str = ""
    template_url: str = ""
    campaign_id: int | None = None
    campaign_name: str = ""
    campaign_url: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class ReplyDetails:
    received_by: str


@dataclass(frozen=True, kw_only=True)
class BounceDetails:
    """`details` is the bounce message, `email` the address that bounced."""

    details: str
    email: str
    sent_by: str
    template_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallDetails:
    """`status` is one of completed, no answer, cancelled, failed; `outcome` as the seller chose."""

    made_by: str
    status: str
    outcome: str = ""
    reason: str = ""
    phone_number: str = ""
    duration_seconds: int | None = None
    answered_by: str = ""
    recording_url: str = ""
    campaign_name: str = ""
    campaign_url: str = ""


@dataclass(frozen=True, kw_only=True)
class CampaignDetails:
    campaign_id: int
    campaign_name: str
    campaign_url: str
    sent_by: str


Details = EmailDetails | ReplyDetails | BounceDetails | CallDetails | CampaignDetails
