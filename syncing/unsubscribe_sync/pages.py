"""What the sync of unsubscribes adds to pages of other apps."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from people.hooks import other_sides, unsubscribe_notes, unsubscribe_reach
from syncing.delivery.models import Destination
from syncing.diagnostics.sources import Source, register
from syncing.unsubscribe_sync.findings import failing, ignore, retry, tell
from syncing.unsubscribe_sync.notes import notes_on, reach
from syncing.unsubscribe_sync.resubscribing import InSalesforce

other_sides.append(InSalesforce())
unsubscribe_notes.append(notes_on)
unsubscribe_reach.append(reach)
register(
    Source(
        name="unsubscribes",
        label=_("Unsubscribes"),
        destination=Destination.SALESFORCE,
        rows=failing,
        person="unsubscribe__person",
        related=("unsubscribe__person", "unsubscribe__unsubscribed_by"),
        tell=tell,
        retry=retry,
        ignore=ignore,
    )
)
