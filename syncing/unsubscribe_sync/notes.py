"""How an unsubscribe stands in Salesforce, for the history of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import Unsubscribe
from syncing.salesforce_connections.selectors import main_connection
from syncing.unsubscribe_sync.models import Push, UnsubscribeSync


def notes_on(unsubscribes: Sequence[Unsubscribe]) -> Mapping[int, str]:
    """By their ids, those that came from Salesforce, went there or are to go there."""
    pushes = Push.objects.filter(unsubscribe__in=unsubscribes).exclude(state=Push.State.CANCELLED)
    notes = {push.unsubscribe_id: _note(push) for push in pushes}
    came = [row.pk for row in unsubscribes if row.source == Unsubscribe.Source.SALESFORCE]
    return dict.fromkeys(came, _origin()) | notes if came else notes


def reach() -> str:
    """Where an unsubscribe goes at once."""
    if main_connection() is None:
        return ""
    return _(
        "Salesforce learns it within seconds: their leads and contacts are opted out (%(fields)s)."
    ) % {"fields": _fields()}


def _origin() -> str:
    words = _("It came from Salesforce: a lead or contact there is opted out (%(fields)s).")
    return words % {"fields": _fields()}


def _fields() -> str:
    sales_field = UnsubscribeSync.load().sales_field
    return ", ".join(["Email Opt Out", *([sales_field] if sales_field else [])])


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
