"""The eight custom activity types as they are to be in Marketo: names, triggers, attributes.

The attributes are those of Marketo's own glossary of sales activities, and our key. Names carry a
prefix, for no trigger or filter may be called like a native one.
"""

from __future__ import annotations

from dataclasses import dataclass

from activities.models import Activity

Kind = Activity.Kind

PREFIX = "Actions"
SOURCE_NAME = "Sales App"
STRING, TEXT, INTEGER = "string", "text", "integer"
# Longer values are cut. Marketo tells only of 65,536 bytes for all attributes of a record.
MOST_CHARACTERS = {STRING: 255, TEXT: 2_000, INTEGER: 20}


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute, and the field of the activity's details that fills it: none stays empty."""

    api_name: str
    name: str
    detail: str = ""
    data_type: str = STRING


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A type of Marketo for a kind of ours; `primary` is what a reader recognises it by."""

    kind: Activity.Kind
    action: str
    trigger: str
    filter: str
    description: str
    primary: Attribute
    attributes: tuple[Attribute, ...]

    @property
    def api_name(self) -> str:
        return self.name.lower().replace(" ", "_")

    @property
    def name(self) -> str:
        return f"{PREFIX} {self.action}"

    @property
    def trigger_name(self) -> str:
        return f"{PREFIX} {self.trigger}"

    @property
    def filter_name(self) -> str:
        return f"{PREFIX} {self.filter}"


# What these hold is not in the details: it is the same for all kinds.
SOURCE = Attribute("source", "Source")
PERSON = Attribute("marketoSalesPersonId", "Marketo Sales Person ID")
UUID = Attribute("activityUuid", "Activity UUID")

_SUBJECT = Attribute("emailSubject", "Email Subject", "email_subject")
_SENT_BY = Attribute("sentBy", "Sent By", "sent_by")
_TEMPLATE_ID = Attribute("templateId", "Template ID", "template_id", INTEGER)
_CAMPAIGN_NAME = Attribute("salesCampaignName", "Sales Campaign Name", "campaign_name")
_CAMPAIGN_URL = Attribute("salesCampaignUrl", "Sales Campaign URL", "campaign_url")
_EMAIL = (
    _SENT_BY,
    SOURCE,
    _TEMPLATE_ID,
    Attribute("salesTemplateName", "Sales Template Name", "template_name"),
    Attribute("salesTemplateUrl", "Sales Template URL", "template_url"),
    _CAMPAIGN_NAME,
    _CAMPAIGN_URL,
    PERSON,
    UUID,
)
_CALL = (
    Attribute("salesCallMadeBy", "Sales Call Made By", "made_by"),
    Attribute("salesCallStatus", "Sales Call Status", "status"),
    Attribute("salesCallDuration", "Sales Call Duration", "duration_seconds", INTEGER),
    Attribute("salesCallAnsweredBy", "Sales Call Answered By", "answered_by"),
    Attribute("salesCallRecordingUrl", "Sales Call Recording URL", "recording_url", TEXT),
    Attribute("salesPhoneNumberCalled", "Sales Phone Number Called", "phone_number"),
    _CAMPAIGN_NAME,
    _CAMPAIGN_URL,
    SOURCE,
    PERSON,
    UUID,
)
_CAMPAIGN = (
    Attribute("salesCampaignId", "Sales Campaign ID", "campaign_id", INTEGER),
    _CAMPAIGN_URL,
    # The glossary has it, and never says what it is to hold.
    Attribute("salesCallStatus", "Sales Call Status"),
    _SENT_BY,
    SOURCE,
    UUID,
)

TYPES = (
    TypeDeclaration(
        kind=Kind.EMAIL_SENT,
        action="Send Sales Email",
        trigger="Is Sent Sales Email",
        filter="Was Sent Sales Email",
        description="A seller sent the person an email.",
        primary=_SUBJECT,
        attributes=_EMAIL,
    ),
    TypeDeclaration(
        kind=Kind.EMAIL_OPENED,
        action="Open Sales Email",
        trigger="Opens Sales Email",
        filter="Opened Sales Email",
        description="The person opened a seller's email.",
        primary=_SUBJECT,
        attributes=_EMAIL,
    ),
    TypeDeclaration(
        kind=Kind.EMAIL_CLICKED,
        action="Click Sales Email",
        trigger="Clicks Link in Sales Email",
        filter="Clicked Link in Sales Email",
        description="The person clicked a link in a seller's email.",
        primary=_SUBJECT,
        attributes=(Attribute("link", "Link", "link", TEXT), *_EMAIL),
    ),
    TypeDeclaration(
        kind=Kind.EMAIL_REPLIED,
        action="Replied to Sales Email",
        trigger="Replies to Sales Email",
        filter="Replied to Sales Email",
        description="The person answered a seller's email.",
        primary=_SUBJECT,
        attributes=(
            Attribute("receivedBy", "Received By", "received_by"),
            SOURCE,
            PERSON,
            UUID,
        ),
    ),
    TypeDeclaration(
        kind=Kind.EMAIL_BOUNCED,
        action="Sales Email Bounced",
        trigger="Sales Email Bounces",
        filter="Sales Email Bounced",
        description="A seller's email came back.",
        primary=_SUBJECT,
        attributes=(
            Attribute("details", "Details", "details", TEXT),
            Attribute("email", "Email", "email"),
            _SENT_BY,
            _TEMPLATE_ID,
            PERSON,
            UUID,
        ),
    ),
    TypeDeclaration(
        kind=Kind.CALL_RECEIVED,
        action="Sales Call Received",
        trigger="Receives Sales Call",
        filter="Received Sales Call",
        description="A seller called the person.",
        primary=Attribute("salesCallSubject", "Sales Call Subject", "outcome"),
        attributes=_CALL,
    ),
    TypeDeclaration(
        kind=Kind.CAMPAIGN_ADDED,
        action="Add to Sales Campaign",
        trigger="Is Added to Sales Campaign",
        filter="Was Added to Sales Campaign",
        description="A seller added the person to a sales campaign.",
        primary=_CAMPAIGN_NAME,
        attributes=_CAMPAIGN,
    ),
    TypeDeclaration(
        kind=Kind.CAMPAIGN_REMOVED,
        action="Removed from Sales Campaign",
        trigger="Is Removed From Sales Campaign",
        filter="Was Removed from Sales Campaign",
        description="The person was taken out of a sales campaign.",
        primary=_CAMPAIGN_NAME,
        attributes=_CAMPAIGN,
    ),
)
BY_KIND: dict[str, TypeDeclaration] = {declared.kind: declared for declared in TYPES}
