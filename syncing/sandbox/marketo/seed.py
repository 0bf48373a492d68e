"""Fill a new database with made-up people; the same seed always makes the same ones.

Everything is generated row by row, so memory stays the same for any number of people.
"""

from __future__ import annotations

import bisect
import itertools
import json
import random
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo import salesforce_ids, vocabulary
from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.company_names import company_domain, company_name
from syncing.sandbox.marketo.engagement import log_engagement
from syncing.sandbox.marketo.salesforce_ids import salesforce_id
from syncing.sandbox.marketo.settings import InstanceSettings

T = TypeVar("T")

YEARS = 3
PEOPLE_PER_COMPANY = 7
QUEUES = ("00G5g00000Qu3eaEAB", "00G5g00000Qu3ebEAB", "00G5g00000Qu3ecEAB")

USER_OWNED, QUEUE_OWNED, WITHOUT_OWNER = 0.60, 0.65, 0.80  # cumulative; the rest is Marketo only
# The sellers of the demo, Sam and Sara, own about a sixth each.
_OWNER_IDS = [owner.salesforce_id for owner in OWNERS]
_OWNER_STEPS = list(itertools.accumulate([17, 15] + [6.8] * (len(OWNERS) - 2)))
_CULTURE_STEPS = list(itertools.accumulate(culture.weight for culture in vocabulary.CULTURES))

_LEAD_COLUMNS = (
    "id",
    "firstName",
    "lastName",
    "email",
    "phone",
    "title",
    "companyId",
    "leadSource",
    "city",
    "country",
    "leadScore",
    "linkedIn",
    "unsubscribed",
    "emailInvalid",
    "doNotCall",
    "sfdcType",
    "sfdcLeadId",
    "sfdcContactId",
    "sfdcLeadOwnerId",
    "createdAt",
    "updatedAt",
    "changedAt",
)


def seed(connection: sqlite3.Connection, settings: InstanceSettings, clock: Clock) -> None:
    """Write companies, people, opportunity roles and the last weeks' activity log."""
    people = PeopleMaker(settings, today=clock.now().date())
    companies = max(1, settings.people // PEOPLE_PER_COMPANY)
    connection.executemany(
        "INSERT INTO company VALUES (?, ?, ?)",
        (
            (number, company_name(number), salesforce_id(salesforce_ids.ACCOUNT, number))
            for number in range(1, companies + 1)
        ),
    )
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('lead', ?)", (settings.first_id - 1,)
    )
    marks = ", ".join("?" * len(_LEAD_COLUMNS))
    connection.executemany(
        f"INSERT INTO lead ({', '.join(_LEAD_COLUMNS)}) VALUES ({marks})", people.rows(companies)
    )
    connection.executemany(
        "INSERT INTO opportunity_role VALUES (?, ?, ?, ?, ?, ?, ?)", _roles(connection, settings)
    )
    _log_new_leads(connection, since=clock.stamp(ago=timedelta(days=settings.activity_days)))
    log_engagement(connection, settings, clock)


class PeopleMaker:
    """Rows for the lead table, in order of id and of creation."""

    def __init__(self, settings: InstanceSettings, *, today: date) -> None:
        self.settings = settings
        self.random = random.Random(settings.seed)
        days = YEARS * 365
        self.start = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days)
        self.seconds = days * 86_400
        self.dates = [(self.start + timedelta(day)).strftime("%Y-%m-%dT") for day in range(days)]
        # People met lately, some of whom appear a second time with the same e-mail.
        self.recent: deque[tuple[str | None, str, str]] = deque(maxlen=500)

    def rows(self, companies: int) -> Iterator[tuple[Any, ...]]:
        draw = self.random.random
        step = self.seconds / max(1, self.settings.people)
        widest_gap = 2 / self.settings.density - 1
        lead_id = self.settings.first_id - 1
        for number in range(self.settings.people):
            lead_id += 1 + int(draw() * (widest_gap - 1) + draw())
            created = int((number + draw()) * step)
            company = 1 + int(draw() ** 1.5 * companies)
            yield lead_id, *self._person(company), *self._crm(lead_id), *self._dates(created)

    def _person(self, company: int) -> tuple[Any, ...]:
        """First name to doNotCall."""
        draw = self.random.random
        culture = vocabulary.CULTURES[_weighted(draw, _CULTURE_STEPS)]
        first, last, email = self._identity(culture, company)
        slug = f"{email.partition('@')[0]}-{int(draw() * 900) + 100}" if email else ""
        return (
            first,
            last,
            email,
            self._phone(culture) if draw() < 0.65 else None,
            self._title() if draw() < 0.90 else None,
            company if draw() < 0.97 else None,
            _pick(draw, vocabulary.SOURCES) if draw() < 0.85 else None,
            _pick(draw, culture.cities) if draw() < 0.7 else None,
            culture.country if draw() < 0.8 else None,
            int(draw() * 120) if draw() < 0.6 else None,
            f"https://www.linkedin.com/in/{slug}" if slug and draw() < 0.45 else None,
            draw() < 0.06,
            draw() < 0.02,
            draw() < 0.01,
        )

    def _identity(
        self, culture: vocabulary.Culture, company: int
    ) -> tuple[str | None, str, str | None]:
        draw = self.random.random
        if draw() < 0.02 and self.recent:
            return self.recent[int(draw() * len(self.recent))]
        first, last = _pick(draw, culture.first), _pick(draw, culture.last)
        first_text, last_text = first.text, last.text
        kind = draw()
        if kind < 0.05:
            first_text = f"{first_text} {'ABCDEGHJKLMPRST'[int(draw() * 15)]}."
        elif kind < 0.10:
            last_text = f"{last_text}-{_pick(draw, culture.last).text}"
        elif kind < 0.1005:
            last_text = "null"
        if draw() < 0.04:
            return (None if draw() < 0.5 else first_text), last_text, None
        number = int(draw() * 400)
        local = f"{first.ascii}.{last.ascii}" if number % 3 else f"{first.ascii[0]}{last.ascii}"
        email = f"{local}{number or ''}@{company_domain(company)}"
        self.recent.append((first_text, last_text, email))
        return (None if draw() < 0.02 else first_text), last_text, email

    def _phone(self, culture: vocabulary.Culture) -> str:
        digits = int(self.random.random() * 9_000_000_000) + 1_000_000_000
        rest, c = divmod(digits, 10_000)
        a, b = divmod(rest, 1000)
        return culture.phone.format(a=a, b=f"{b:03}", c=f"{c:04}")

    def _title(self) -> str:
        draw = self.random.random
        if draw() < 0.03:
            return _pick(draw, vocabulary.UNUSUAL_TITLES)
        return (
            _pick(draw, vocabulary.SENIORITIES)
            + _pick(draw, vocabulary.FUNCTIONS)
            + _pick(draw, vocabulary.ROLES)
            + _pick(draw, vocabulary.REGIONS)
        )

    def _crm(self, lead_id: int) -> tuple[str | None, ...]:
        """sfdcType, sfdcLeadId, sfdcContactId, sfdcLeadOwnerId."""
        draw = self.random.random
        share = draw()
        if share >= WITHOUT_OWNER:
            return None, None, None, None
        owner = None
        if share < USER_OWNED:
            owner = _OWNER_IDS[_weighted(draw, _OWNER_STEPS)]
        elif share < QUEUE_OWNED:
            owner = _pick(draw, QUEUES)
        as_lead = salesforce_id(salesforce_ids.LEAD, lead_id)
        kind = draw()
        if kind < 0.45:
            return "Lead", as_lead, None, owner
        # Some contacts were leads before they were converted.
        was_lead = as_lead if kind < 0.60 else None
        return "Contact", was_lead, salesforce_id(salesforce_ids.CONTACT, lead_id), owner

    def _dates(self, created: int) -> tuple[str, str, str]:
        draw = self.random.random
        updated = created + int((self.seconds - 1 - created) * draw() ** 2)
        changed = updated + int((self.seconds - 1 - updated) * draw() ** 4)
        return self._stamp(created), self._stamp(updated), self._stamp(changed)

    def _stamp(self, seconds: int) -> str:
        day, rest = divmod(seconds, 86_400)
        hour, rest = divmod(rest, 3600)
        return f"{self.dates[day]}{hour:02}:{rest // 60:02}:{rest % 60:02}Z"


def _pick(draw: Callable[[], float], choices: Sequence[T]) -> T:
    return choices[int(draw() * len(choices))]


def _weighted(draw: Callable[[], float], steps: Sequence[float]) -> int:
    """The place of one of several choices whose weights add up to these steps."""
    return bisect.bisect(steps, draw() * steps[-1], hi=len(steps) - 1)


def _roles(connection: sqlite3.Connection, settings: InstanceSettings) -> Iterator[tuple[Any, ...]]:
    """Opportunity roles for about one contact in six."""
    draw = random.Random(settings.seed + 1).random
    number = 0
    contacts = connection.execute(
        "SELECT id, updatedAt FROM lead WHERE sfdcContactId IS NOT NULL ORDER BY id"
    )
    for lead_id, updated in contacts:
        share = draw()
        if share > 0.17:
            continue
        for place in range(1 if share < 0.12 else 2 if share < 0.15 else 3):
            number += 1
            # Every fourth role is in an opportunity that somebody else has a part in, too.
            opportunity = number - int(draw() * min(number, 20)) if draw() < 0.25 else number
            yield (
                f"{number:08x}-5a4d-4b0c-9e1f-{lead_id:012x}",
                salesforce_id(salesforce_ids.OPPORTUNITY, opportunity),
                lead_id,
                _pick(draw, vocabulary.OPPORTUNITY_ROLES),
                place == 0 and draw() < 0.7,
                updated,
                updated,
            )


def _log_new_leads(connection: sqlite3.Connection, *, since: str) -> None:
    """Type 12 rows for the people whose creation the log still remembers."""
    found = connection.execute(
        "SELECT id, leadSource, createdAt FROM lead WHERE createdAt >= ? ORDER BY id", (since,)
    )
    connection.executemany(
        "INSERT INTO activity (leadId, typeId, happenedAt, attributes) VALUES (?, 12, ?, ?)",
        (
            (lead_id, created, json.dumps(new_lead_attributes(created, source)))
            for lead_id, source, created in found
        ),
    )


def new_lead_attributes(created: str, source: str | None) -> list[dict[str, Any]]:
    attributes = [
        {"name": "Created Date", "value": created[:10]},
        {"name": "Source Type", "value": "Web service API"},
    ]
    if source:
        attributes.append({"name": "Lead Source", "value": source})
    return attributes
