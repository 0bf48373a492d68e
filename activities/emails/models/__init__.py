from activities.emails.models.channels import BlockedDomain, DeliveryChannel, SenderIdentity
from activities.emails.models.email import Email, EmailBatch, EmailFile, EmailLink
from activities.emails.models.mailboxes import BouncedAddress, InboundMessage, MailboxCursor
from activities.emails.models.settings import EmailSettings, UserEmailSettings
from activities.emails.models.templates import StoredFile, Template, TemplateCategory
from activities.emails.models.tracking import TrackingHit

__all__ = [
    "BlockedDomain",
    "BouncedAddress",
    "DeliveryChannel",
    "Email",
    "EmailBatch",
    "EmailFile",
    "EmailLink",
    "EmailSettings",
    "InboundMessage",
    "MailboxCursor",
    "SenderIdentity",
    "StoredFile",
    "Template",
    "TemplateCategory",
    "TrackingHit",
    "UserEmailSettings",
]
