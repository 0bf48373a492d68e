"""The links from a person to its lead in the connected Marketo, and to its record in Salesforce."""

from django.utils.translation import gettext_lazy as _

from people.links import RecordLink, record_links
from people.models import Person
from syncing.connections import is_sandbox
from syncing.salesforce import PRODUCTION_LOGIN
from syncing.salesforce_connections.selectors import get_org
from syncing.selectors import get_connection

Reason = Person.RemovedReason

GONE_FROM_MARKETO = {Reason.DELETED, Reason.MERGED}
GONE_FROM_SALESFORCE = GONE_FROM_MARKETO | {Reason.NOT_IN_CRM}


def marketo_link(person: Person) -> RecordLink | None:
    """Marketo's sign-in address leads on to the lead, wherever the instance is.

    The sandbox has no page for one lead; the link opens its control page.
    """
    connection = get_connection()
    if connection is None or person.removed_reason in GONE_FROM_MARKETO:
        return None
    if is_sandbox(connection):
        return RecordLink(_("Open in Marketo"), f"{connection.base_url.rstrip('/')}/")
    return RecordLink(
        _("Open in Marketo"),
        f"https://app.marketo.com/leadDatabase/loadLeadDetail?leadId={person.marketo_id}",
    )


def salesforce_link(person: Person) -> RecordLink | None:
    """Where users sign in leads on to the record, whatever the org's own address is."""
    record_id = person.salesforce_contact_id or person.salesforce_lead_id
    if not record_id.isalnum() or person.removed_reason in GONE_FROM_SALESFORCE:
        return None
    org = get_org()
    login_url = org.login_url if org else PRODUCTION_LOGIN
    return RecordLink(_("Open in Salesforce"), f"{login_url}/{record_id}")


record_links += [marketo_link, salesforce_link]
