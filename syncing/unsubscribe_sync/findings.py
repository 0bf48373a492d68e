"""Unsubscribes that Salesforce refused, or that wait for a reason, for the diagnostics."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from syncing.diagnostics.sources import Finding
from syncing.unsubscribe_sync import pushes
from syncing.unsubscribe_sync.models import Push

State = Push.State


def failing() -> QuerySet[Push]:
    open_ones = Push.objects.filter(state__in=[State.WAITING, State.PARKED]).exclude(reason="")
    return open_ones.annotate(
        is_parked=Case(When(state=State.PARKED, then=Value(value=True)), default=Value(value=False))
    )


def tell(push: Push) -> Finding:
    unsubscribe = push.unsubscribe
    by = unsubscribe.unsubscribed_by
    return Finding(
        what=_("Opt out %(who)s") % {"who": unsubscribe.email or unsubscribe.person.name},
        who=by.name if by else unsubscribe.get_source_display(),
        person=unsubscribe.person,
        happened_at=unsubscribe.unsubscribed_at,
    )


def retry(rows: QuerySet[Push], *, now: datetime) -> int:
    return pushes.retry(rows, now=now)


def ignore(rows: QuerySet[Push], *, by: str, reason: str, now: datetime) -> int:
    """The nightly run, where it is on, opts them out all the same."""
    parked = Push.objects.filter(pk__in=rows.values("pk"), state=State.PARKED)
    words = _("Ignored by %(who)s: %(reason)s") % {"who": by, "reason": reason}
    return parked.update(state=State.CANCELLED, reason=words, settled_at=now)
