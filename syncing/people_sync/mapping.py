"""From a lead as Marketo gives it to a row for the database, or to the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import compress
from operator import itemgetter
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from people.models import Person
from syncing.marketo import moment
from syncing.people_sync.load import COLUMNS, TEXT_COLUMNS, PersonRow

USER_PREFIX = "005"
QUEUE_PREFIX = "00G"
# How Marketo spells dates; in these words PostgreSQL takes them too. The last days of a month,
# which not every month has, are looked at more closely.
USUAL_DATE = re.compile(
    r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ",
    re.ASCII,
)
LARGEST_ID = 2**63 - 1
CONTACT, LEAD = Person.SfdcType.CONTACT.value, Person.SfdcType.LEAD.value
# The columns by which somebody qualifies.
QUALIFYING = [
    COLUMNS.index(name)
    for name in ("sfdc_type", "salesforce_contact_id", "salesforce_lead_id", "owner_salesforce_id")
]
LIMITS = {
    name: column.max_length or 0
    for name in TEXT_COLUMNS
    if isinstance(column := Person._meta.get_field(name), models.CharField)  # noqa: SLF001
}


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
    """What became of a batch of leads: read = kept + skipped.

    Those kept are held by column of PersonRow, as they are read and encoded.
    """

    kept_columns: Sequence[Sequence[Any]] = ()
    skipped: dict[int | None, Skip] = field(default_factory=dict)
    skip_counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: int = 0

    @property
    def kept(self) -> list[PersonRow]:
        return list(map(PersonRow, *self.kept_columns)) if self.kept_columns else []

    def keep(self, columns: Sequence[Sequence[Any]]) -> None:
        self.read += len(columns[0])
        self.kept_columns = columns

    def skip(self, marketo_id: int | None, reason: Skip) -> None:
        self.read += 1
        self.skipped[marketo_id] = reason
        self.skip_counts[reason] = self.skip_counts.get(reason, 0) + 1

    def count(self, other: Readings) -> None:
        """Add the numbers and the problems of another batch, but not its leads."""
        self.read += other.read
        self.problems += other.problems
        for reason, number in other.skip_counts.items():
            self.skip_counts[reason] = self.skip_counts.get(reason, 0) + number


class LeadReader:
    """Reads leads whose fields have these API names, given by column of Person.

    It goes column by column: a million rows one by one would take several times as long.
    """

    def __init__(self, api_names: Mapping[str, str]) -> None:
        self._api_names = [api_names.get(column, "") for column in COLUMNS]

    def read_records(self, leads: Iterable[Mapping[str, Any]]) -> Readings:
        """Read leads as REST gives them, by API name."""
        records = list(leads)
        return _read([[_text(lead.get(name)) for lead in records] for name in self._api_names])

    def read_rows(self, rows: Sequence[Sequence[str | None]], header: Sequence[str]) -> Readings:
        """Read the rows of a bulk file with these columns."""
        found = {
            name: ["" if value is None else value for value in values]
            for name, values in zip(header, zip(*rows, strict=True), strict=bool(rows))
        }
        absent = [""] * len(rows)
        return _read([found.get(name, absent) for name in self._api_names])


def _read(columns: Sequence[Sequence[str]]) -> Readings:
    """Read leads from the texts in each column."""
    readings = Readings()
    found = [_marketo_id(value, readings) for value in columns[0]]
    ids = [marketo_id for marketo_id in found if marketo_id]
    if len(ids) < len(found):
        columns = [list(compress(values, found)) for values in columns]
    problems = readings.problems
    texts = [
        _fitting(name, limit, values, ids, problems)
        for (name, limit), values in zip(LIMITS.items(), columns[1:-2], strict=True)
    ]
    dates = [
        _dates(name, values, ids, problems)
        for name, values in zip(COLUMNS[-2:], columns[-2:], strict=True)
    ]
    _sort_out((ids, *texts, *dates), readings)
    return readings


def _sort_out(columns: Sequence[Sequence[Any]], readings: Readings) -> None:
    """Tell those who qualify from the others."""
    reasons = list(map(_reason_to_skip, *itemgetter(*QUALIFYING)(columns)))
    if any(reasons):
        for marketo_id, reason in zip(columns[0], reasons, strict=True):
            if reason:
                readings.skip(marketo_id, reason)
        is_kept = [not reason for reason in reasons]
        columns = [list(compress(values, is_kept)) for values in columns]
    readings.keep(columns)


def _marketo_id(value: str, readings: Readings) -> int | None:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if 0 < number <= LARGEST_ID:
        return number
    readings.skip(None, Skip.UNREADABLE)
    message = _("A lead has no usable id: %s") % value[:50]
    readings.problems.append(Problem(None, "id", "BAD_ID", message))
    return None


def _reason_to_skip(sfdc_type: str, contact_id: str, lead_id: str, owner_id: str) -> Skip | None:
    if not {CONTACT: contact_id, LEAD: lead_id}.get(sfdc_type):
        return Skip.NOT_IN_CRM
    if owner_id.startswith(USER_PREFIX):
        return None
    return Skip.QUEUE_OWNER if owner_id.startswith(QUEUE_PREFIX) else Skip.NO_OWNER


def _fitting(
    column: str, limit: int, texts: Sequence[str], ids: Sequence[int], problems: list[Problem]
) -> Sequence[str]:
    """Each text as far as it fits the column, and a problem for each that does not."""
    if max(map(len, texts), default=0) <= limit:
        return texts
    for marketo_id, text in zip(ids, texts, strict=True):
        if len(text) > limit:
            about = {"length": len(text), "limit": limit}
            message = _("Cut: of %(length)d characters only %(limit)d fit.") % about
            problems.append(Problem(marketo_id, column, "TOO_LONG", message))
    return [text[:limit] for text in texts]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dates(
    column: str, texts: Sequence[str], ids: Sequence[int], problems: list[Problem]
) -> list[str | None]:
    """Dates in a spelling that PostgreSQL understands, and a problem for each text that is none."""
    return [
        text if USUAL_DATE.fullmatch(text) else _date(marketo_id, column, text, problems)
        for marketo_id, text in zip(ids, texts, strict=True)
    ]


def _date(marketo_id: int, column: str, text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    if found := as_moment(text):
        return found.isoformat()
    message = _("Not a date: %s") % text[:50]
    problems.append(Problem(marketo_id, column, "BAD_DATE", message))
    return None


def as_moment(value: Any) -> datetime | None:
    """A date in any of Marketo's spellings; None for what is none."""
    try:
        return moment(value)
    except (AttributeError, TypeError, ValueError):
        return None
