"""What happened with a person, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.destinations import DeliveryReport, reports_of
from activities.models import Activity
from activities.paging import Cursor, read_page
from activities.places import panel_of
from activities.wording import ICONS, sentence_of
from people.models import Person

Kind = Activity.Kind
PAGE_SIZE = 20


class Choice(NamedTuple):
    """One way to narrow the timeline down."""

    name: str
    label: str | Promise
    kinds: tuple[Kind, ...]


CHOICES = (
    Choice("emails", _("Emails"), (Kind.EMAIL_SENT,)),
    Choice("views", _("Views"), (Kind.EMAIL_OPENED,)),
    Choice("clicks", _("Clicks"), (Kind.EMAIL_CLICKED,)),
    Choice("replies", _("Replies"), (Kind.EMAIL_REPLIED,)),
    Choice("bounces", _("Bounces"), (Kind.EMAIL_BOUNCED,)),
    Choice("calls", _("Calls"), (Kind.CALL_RECEIVED,)),
    Choice("campaigns", _("Campaigns"), (Kind.CAMPAIGN_ADDED, Kind.CAMPAIGN_REMOVED)),
)
KINDS = {choice.name: choice.kinds for choice in CHOICES}

# What became of an email, in the order in which it matters.
_MARKS = (
    (Kind.EMAIL_REPLIED, _("answered")),
    (Kind.EMAIL_CLICKED, _("clicked")),
    (Kind.EMAIL_OPENED, _("opened")),
    (Kind.EMAIL_BOUNCED, _("bounced")),
)


@dataclass(frozen=True)
class Entry:
    """One activity as the timeline shows it."""

    activity: Activity
    icon: str
    sentence: str
    panel_url: str
    # What became of the email: “opened”.
    marks: list[str | Promise]
    reports: list[DeliveryReport]


@dataclass(frozen=True)
class TimelinePage:
    entries: list[Entry]
    # Where the next page begins; None on the last.
    next: Cursor | None


def activities_of(person: Person) -> QuerySet[Activity]:
    """Of this person and of whoever was merged into them."""
    merged = Person.objects.filter(merged_into=person).values_list("pk", flat=True)
    # Looked up first: the index on the log leads from ids.
    people = [person.pk, *merged]
    return Activity.objects.filter(person__in=people)


def read_timeline(
    *,
    person: Person,
    user: Any,
    choice: str = "",
    after: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> TimelinePage:
    """The page that follows `after`, or the first; `choice` names one of CHOICES, else it is all.

    What only its seller may open is a link for `user` if it is theirs. Four queries, whatever the
    page holds, when there is one destination.
    """
    activities = activities_of(person).select_related("person", "actor")
    if choice in KINDS:
        activities = activities.filter(kind__in=KINDS[choice])
    page = read_page(activities, moment="occurred_at", cursor=after, size=size)
    return TimelinePage(_entries(page.rows, user), page.next)


def _entries(activities: Sequence[Activity], user: Any) -> list[Entry]:
    reports = reports_of([activity.uuid for activity in activities]) if activities else {}
    became = _what_became_of(activities)
    return [
        Entry(
            activity,
            icon=ICONS[Kind(activity.kind)],
            sentence=sentence_of(activity),
            panel_url=panel_of(activity, user=user),
            marks=_marks_of(activity, became),
            reports=reports[activity.uuid],
        )
        for activity in activities
    ]


def _what_became_of(activities: Sequence[Activity]) -> set[tuple[int, str]]:
    """The emails among these that something came of, each with the kind of what came."""
    emails = [activity.about_id for activity in activities if activity.kind == Kind.EMAIL_SENT]
    if not emails:
        return set()
    later = Q(kind__in=[kind for kind, _label in _MARKS])
    about = Q(about_type=Activity.About.EMAIL, about_id__in=emails)
    return set(Activity.objects.filter(later, about).values_list("about_id", "kind").distinct())


def _marks_of(activity: Activity, became: set[tuple[int, str]]) -> list[str | Promise]:
    if activity.kind != Kind.EMAIL_SENT:
        return []
    return [label for kind, label in _MARKS if (activity.about_id, kind) in became]
