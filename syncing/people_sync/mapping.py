"""From a lead as Marketo gives it to a row for the database, or to the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from people.models import Person
from syncing.marketo import moment
from syncing.people_sync.load import COLUMNS, TEXT_COLUMNS, PersonRow

USER_PREFIX = "005"
QUEUE_PREFIX = "00G"
# How Marketo spells dates; in these words PostgreSQL takes them too.
USUAL_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LARGEST_ID = 2**63 - 1
LIMITS = tuple(
    column.max_length or 0
    for name in TEXT_COLUMNS
    if isinstance(column := Person._meta.get_field(name), models.CharField)  # noqa: SLF001
)


class Skip(StrEnum):
    """Why a lead is not among the people."""

    NOT_IN_CRM = "NOT_IN_CRM"  # no Salesforce lead or contact
    NO_OWNER = "NO_OWNER"
    QUEUE_OWNER = "QUEUE_OWNER"  # a queue is not a user
    UNREADABLE = "UNREADABLE"  # no usable Marketo id


REMOVED_REASONS = {
    Skip.NOT_IN_CRM: Person.RemovedReason.NOT_IN_CRM,
    Skip.NO_OWNER: Person.RemovedReason.OWNER_LOST,
    Skip.QUEUE_OWNER: Person.RemovedReason.OWNER_LOST,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one lead that a person should look at."""

    marketo_id: int | None
    field: str
    code: str
    message: str


@dataclass(slots=True)
class Readings:
    """What became of a batch of leads: read = kept + skipped."""

    kept: list[PersonRow] = field(default_factory=list)
    skipped: dict[int | None, Skip] = field(default_factory=dict)
    skip_counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: int = 0

    def keep(self, row: PersonRow) -> None:
        self.read += 1
        self.kept.append(row)

    def skip(self, marketo_id: int | None, reason: Skip) -> None:
        self.read += 1
        self.skipped[marketo_id] = reason
        self.skip_counts[reason] = self.skip_counts.get(reason, 0) + 1


class LeadReader:
    """Reads leads whose fields have these API names, given by column of Person."""

    def __init__(self, api_names: Mapping[str, str]) -> None:
        self._api_names = [api_names.get(column) for column in COLUMNS]

    def read_records(self, leads: Iterable[Mapping[str, Any]]) -> Readings:
        """Read leads as REST gives them, by API name."""
        return _read(
            [lead.get(name) if name else None for name in self._api_names] for lead in leads
        )

    def read_rows(self, rows: Iterable[Sequence[Any]], header: Sequence[str]) -> Readings:
        """Read the rows of a bulk file with these columns."""
        places = [header.index(name) if name in header else None for name in self._api_names]
        return _read(
            [row[place] if place is not None else None for place in places] for row in rows
        )


def _read(leads: Iterable[Sequence[Any]]) -> Readings:
    readings = Readings()
    for values in leads:
        row = _person_row(values, readings.problems)
        if row is None:
            readings.skip(None, Skip.UNREADABLE)
        elif reason := _reason_to_skip(row):
            readings.skip(row.marketo_id, reason)
        else:
            readings.keep(row)
    return readings


def _reason_to_skip(row: PersonRow) -> Skip | None:
    is_contact = row.sfdc_type == Person.SfdcType.CONTACT
    if not is_contact and row.sfdc_type != Person.SfdcType.LEAD:
        return Skip.NOT_IN_CRM
    if not (row.salesforce_contact_id if is_contact else row.salesforce_lead_id):
        return Skip.NOT_IN_CRM
    if row.owner_salesforce_id.startswith(USER_PREFIX):
        return None
    return Skip.QUEUE_OWNER if row.owner_salesforce_id.startswith(QUEUE_PREFIX) else Skip.NO_OWNER


def _person_row(values: Sequence[Any], problems: list[Problem]) -> PersonRow | None:
    marketo_id = _whole_number(values[0])
    if marketo_id is None:
        message = _("A lead has no usable id: %s") % str(values[0])[:50]
        problems.append(Problem(None, "id", "BAD_ID", message))
        return None
    texts = [value if type(value) is str else _text(value) for value in values[1:-2]]
    for text, limit in zip(texts, LIMITS, strict=True):
        if len(text) > limit:
            texts = _cut(marketo_id, texts, problems)
            break
    created_at = _moment(marketo_id, "marketo_created_at", values[-2], problems)
    updated_at = _moment(marketo_id, "marketo_updated_at", values[-1], problems)
    return PersonRow._make((marketo_id, *texts, created_at, updated_at))


def _whole_number(value: Any) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return None
    return number if 0 < number <= LARGEST_ID else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cut(marketo_id: int, texts: Sequence[str], problems: list[Problem]) -> list[str]:
    """Each text as far as it fits its column, and a problem for each that does not."""
    for column, text, limit in zip(TEXT_COLUMNS, texts, LIMITS, strict=True):
        if len(text) > limit:
            about = {"length": len(text), "limit": limit}
            message = _("Cut: of %(length)d characters only %(limit)d fit.") % about
            problems.append(Problem(marketo_id, column, "TOO_LONG", message))
    return [text[:limit] for text, limit in zip(texts, LIMITS, strict=True)]


def _moment(marketo_id: int, column: str, value: Any, problems: list[Problem]) -> str | None:
    """A date in a spelling that PostgreSQL understands; rows are too many to spell each anew."""
    if not value:
        return None
    found = as_moment(value)
    if found is None:
        message = _("Not a date: %s") % str(value)[:50]
        problems.append(Problem(marketo_id, column, "BAD_DATE", message))
        return None
    return str(value) if USUAL_DATE.fullmatch(value) else found.isoformat()


def as_moment(value: Any) -> datetime | None:
    """A date in any of Marketo's spellings; None for what is none."""
    try:
        return moment(value)
    except (AttributeError, TypeError, ValueError):
        return None
