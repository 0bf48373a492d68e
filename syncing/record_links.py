"""The link from a person to its lead in the connected Marketo."""

from django.utils.translation import gettext_lazy as _

from people.links import RecordLink, record_links
from people.models import Person
from syncing.connections import is_sandbox
from syncing.selectors import get_connection


def marketo_link(person: Person) -> RecordLink | None:
    """Marketo's sign-in address leads on to the lead, wherever the instance is.

    The sandbox has no page for one lead; the link opens its control page.
    """
    connection = get_connection()
    if connection is None:
        return None
    if is_sandbox(connection):
        return RecordLink(_("Open in Marketo"), f"{connection.base_url.rstrip('/')}/")
    return RecordLink(
        _("Open in Marketo"),
        f"https://app.marketo.com/leadDatabase/loadLeadDetail?leadId={person.marketo_id}",
    )


record_links.insert(0, marketo_link)
