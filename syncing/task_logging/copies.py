"""Email-to-Salesforce: an email that is copied to its sender's address there is logged by that."""

from __future__ import annotations

from collections.abc import Iterator

from activities.emails.copies import copiers
from activities.emails.models import Email
from syncing.salesforce_settings.models import EmailLogging
from syncing.salesforce_settings.services import settings_for


def copy_to_salesforce(email: Email) -> Iterator[str]:
    choice = settings_for(email.sender)
    if choice.email_logging == EmailLogging.BCC and choice.bcc_address:
        yield choice.bcc_address


copiers.append(copy_to_salesforce)
