"""What the sync adds to the page of a reminder, and to lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.reminders.hooks import markers, reminder_cards
from people.hooks import Card
from syncing.reminder_sync.models import ReminderLink

APART = _("Not in step with Salesforce")


def mark_parked(reminders: Sequence[int]) -> Iterable[tuple[int, Promise]]:
    """Those that wait for a person; why is on their pages."""
    parked = ReminderLink.objects.filter(reminder__in=reminders, is_parked=True)
    return [(pk, APART) for pk in parked.values_list("reminder_id", flat=True)]


reminder_cards.append(Card(_("Salesforce"), "reminder-sync:history"))
markers.append(mark_parked)
