"""How one hit is judged, given what else happened to its email."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import ClassVar

from django.utils.translation import gettext_noop as _

from activities.emails.models import TrackingHit
from activities.emails.tracking.agents import why_automated

Kind = TrackingHit.Kind
Verdict = TrackingHit.Verdict

# Scanners click within seconds of the delivery, and every link within seconds. People don't.
SCANNER_WINDOW = timedelta(seconds=5)
MIN_LINKS = 2
# Nor does anybody click so often within seconds.
MAX_CLICKS = 50

TOO_SOON = _("Clicked within seconds of the delivery")
ALL_LINKS = _("Every link was clicked within seconds")
OVER_AND_OVER = _("Clicked over and over within seconds")
WITH_SCANNER = _("Came along with a security scanner")

_when = attrgetter("occurred_at")


@dataclass
class Surroundings:
    """What happened to an email around some hits of it."""

    # Mail programs ask twice for the same picture; one look at an email is one view.
    REPEAT_WINDOW: ClassVar[timedelta] = timedelta(seconds=30)

    sent_at: datetime | None
    links: int = 0
    # In the order of time.
    clicks: list[TrackingHit] = field(default_factory=list)
    _counted_at: dict[tuple[object, ...], datetime] = field(default_factory=dict)

    def note_counted(self, hit: TrackingHit) -> None:
        self._counted_at[_same(hit)] = hit.occurred_at

    def is_repeated(self, hit: TrackingHit) -> bool:
        counted_at = self._counted_at.get(_same(hit))
        return counted_at is not None and hit.occurred_at - counted_at < self.REPEAT_WINDOW

    def clicks_near(self, hit: TrackingHit) -> list[TrackingHit]:
        """At most one more than anybody makes, so that a flood of them costs no more."""
        first = bisect_left(self.clicks, hit.occurred_at - SCANNER_WINDOW, key=_when)
        end = bisect_right(self.clicks, hit.occurred_at + SCANNER_WINDOW, key=_when)
        return self.clicks[first : min(end, first + MAX_CLICKS + 1)]


def verdict_on(hit: TrackingHit, around: Surroundings) -> tuple[Verdict, str]:
    """The verdict and, for machines, what gives them away; a counted hit is noted in `around`."""
    archived_at = hit.email.archived_at
    if archived_at and hit.occurred_at >= archived_at:
        return Verdict.ARCHIVED, ""
    if hit.is_self:
        return Verdict.SELF, ""
    reason = why_automated(user_agent=hit.user_agent, ip_address=hit.ip_address) or _why_a_scanner(
        hit, around
    )
    if reason:
        return Verdict.AUTOMATED, reason
    if around.is_repeated(hit):
        return Verdict.REPEATED, ""
    around.note_counted(hit)
    return Verdict.HUMAN, ""


def _why_a_scanner(hit: TrackingHit, around: Surroundings) -> str:
    near = around.clicks_near(hit)
    if hit.kind == Kind.CLICK:
        return _why_no_reader_clicks(hit, near, around)
    # A scanner that clicks looks at the pictures as well.
    same = [click for click in near if _source(click) == _source(hit)]
    is_scanner = len(near) > MAX_CLICKS or any(
        _why_no_reader_clicks(click, around.clicks_near(click), around) for click in same
    )
    return WITH_SCANNER if is_scanner else ""


def _why_no_reader_clicks(click: TrackingHit, near: list[TrackingHit], around: Surroundings) -> str:
    if around.sent_at and click.occurred_at < around.sent_at + SCANNER_WINDOW:
        return TOO_SOON
    if len(near) > MAX_CLICKS:
        return OVER_AND_OVER
    clicked = {other.link_id for other in near}
    return ALL_LINKS if around.links >= MIN_LINKS and len(clicked) == around.links else ""


def _source(hit: TrackingHit) -> tuple[str | None, str]:
    return hit.ip_address, hit.user_agent


def _same(hit: TrackingHit) -> tuple[object, ...]:
    # Without the address: proxies for pictures ask from another one each time.
    return hit.kind, hit.link_id, hit.file_id, hit.user_agent
