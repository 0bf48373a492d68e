"""How an unsubscribe stands in Salesforce, for the history of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import Unsubscribe
from syncing.unsubscribe_sync.models import Push


def notes_on(unsubscribes: Sequence[Unsubscribe]) -> Mapping[int, str]:
    """By their ids, those that went to Salesforce or are to go there."""
    pushes = Push.objects.filter(unsubscribe__in=unsubscribes).exclude(state=Push.State.CANCELLED)
    return {push.unsubscribe_id: _note(push) for push in pushes}


def _note(push: Push) -> str:
    if push.state == Push.State.PARKED:
        return _("Salesforce refused it: %(reason)s") % {"reason": push.reason}
    if push.state == Push.State.WAITING:
        return f"{_('On its way to Salesforce.')} {push.reason}".strip()
    if not push.records:
        return push.reason
    return ngettext(
        "In Salesforce %(count)d record is opted out.",
        "In Salesforce %(count)d records are opted out.",
        push.records,
    ) % {"count": push.records}
