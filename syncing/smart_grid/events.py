"""What the grid tells of, from Marketo's log and from our own, in one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from activities.models import Activity
from activities.places import panel_of
from activities.wording import ICONS, sentence_of
from people.models import Person
from syncing.marketo.records import Activity as MarketoActivity
from syncing.smart_grid.rows import (
    INTERESTING_MOMENT,
    LINK,
    MARKETO_TYPES,
    MOMENT,
    MOMENT_TYPE,
    PAGE,
    REASON,
    ROW_OF_KIND,
)

MOST_LOCAL = 1_000
# The fields of `activities.details` that tell more than the sentence.
_NOTES = {
    Activity.Kind.EMAIL_CLICKED: ("link",),
    Activity.Kind.EMAIL_BOUNCED: ("details",),
    Activity.Kind.CALL_RECEIVED: ("status", "outcome"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened. `url` leads out of the workspace, `panel_url` to a panel here."""

    row: str
    happened_at: datetime
    icon: str
    sentence: str
    person: Person
    note: str = ""
    url: str = ""
    panel_url: str = ""


def local_events(people: Sequence[Person], *, since: datetime, user: Any) -> list[Event]:
    """The newest of our own log, with what those did who were merged into these people."""
    winners = {person.pk: person for person in people}
    merged = Person.objects.filter(merged_into__in=winners).values_list("pk", "merged_into_id")
    owners = {**winners, **{loser: winners[winner] for loser, winner in merged}}
    activities = (
        Activity.objects.filter(person__in=list(owners), occurred_at__gte=since)
        .select_related("person", "actor")
        .order_by("-occurred_at", "-uuid")[:MOST_LOCAL]
    )
    return [_local_event(activity, owners[activity.person_id], user) for activity in activities]


def marketo_events(
    found: Iterable[MarketoActivity], people: Sequence[Person], *, since: datetime
) -> list[Event]:
    by_lead = {person.marketo_id: person for person in people}
    return [
        _marketo_event(item, by_lead[item.lead_id])
        for item in found
        if item.happened_at >= since and item.lead_id in by_lead
    ]


def _local_event(activity: Activity, person: Person, user: Any) -> Event:
    kind = Activity.Kind(activity.kind)
    return Event(
        row=ROW_OF_KIND[kind],
        happened_at=activity.occurred_at,
        icon=ICONS[kind],
        sentence=sentence_of(activity),
        person=person,
        note=_local_note(kind, activity.details),
        panel_url=panel_of(activity, user=user),
    )


def _local_note(kind: Activity.Kind, details: Mapping[str, Any]) -> str:
    names = _NOTES.get(kind, ())
    return " · ".join(str(details[name]) for name in names if details.get(name))


def _marketo_event(item: MarketoActivity, person: Person) -> Event:
    known = MARKETO_TYPES[item.activity_type_id]
    attributes = item.attributes
    name, note = item.primary_value or _("(no name)"), attributes.get(REASON, "")
    if item.activity_type_id == INTERESTING_MOMENT:
        name = attributes.get(MOMENT) or name
        note = attributes.get(MOMENT_TYPE, "")
    address = attributes.get(LINK) or attributes.get(PAGE, "")
    return Event(
        row=known.row,
        happened_at=item.happened_at,
        icon=known.icon,
        sentence=str(known.sentence) % {"name": name},
        person=person,
        note=note or attributes.get(LINK, ""),
        url=web_address(address) or (web_address(name) if known.row == "web" else ""),
    )


def web_address(text: str) -> str:
    """The address of a page if it is one, with or without its scheme; else nothing."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        is_host = "." in (parts.hostname or "") and " " not in text
    except ValueError:
        return ""
    return parts.geturl() if is_host and parts.scheme in {"http", "https"} else ""
