"""What marketing did with the seeded people in the last weeks: emails, visits, moments."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo import vocabulary
from syncing.sandbox.marketo.activity_log import present
from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.settings import InstanceSettings

SEND_EMAIL, EMAIL_BOUNCED, OPEN_EMAIL, CLICK_EMAIL = 6, 8, 10, 11
VISIT_WEBPAGE, FILL_OUT_FORM, INTERESTING_MOMENT = 1, 2, 46
# Of the people of the demo's two sellers more than half, of all others one in twenty.
SELLERS = {owner.salesforce_id for owner in OWNERS[:2]}
SHARE_OF_SELLERS, SHARE_OF_OTHERS = 0.6, 0.05
# Whatever the number of people: a log that is longer takes longer to read past.
MOST_PEOPLE = 2_500
SITE = "www.sandbox.example"

# Type, lead, how long ago, id and value of the primary attribute, attributes.
Row = tuple[int, int, timedelta, int, str, dict[str, Any]]


def log_engagement(
    connection: sqlite3.Connection, settings: InstanceSettings, clock: Clock
) -> None:
    """Write the rows in the order in which it happened, as a log has them."""
    rows = sorted(_rows(connection, settings), key=lambda row: row[2], reverse=True)
    now = clock.now()
    connection.executemany(
        "INSERT INTO activity (typeId, leadId, happenedAt, primaryId, primaryValue, attributes)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (type_id, lead_id, _stamp(now - ago), number, value, json.dumps(present(attributes)))
            for type_id, lead_id, ago, number, value, attributes in rows
        ),
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows(connection: sqlite3.Connection, settings: InstanceSettings) -> Iterator[Row]:
    """Made person by person; nothing is older than the log remembers."""
    # Its own series, so that the people stay the same.
    chance = random.Random(settings.seed + 2)
    found = connection.execute(
        "SELECT id, email, sfdcLeadOwnerId FROM lead WHERE sfdcLeadOwnerId LIKE '005%' ORDER BY id"
    )
    engaged = 0
    for lead_id, email, owner in found:
        share = SHARE_OF_SELLERS if owner in SELLERS else SHARE_OF_OTHERS
        if engaged < MOST_PEOPLE and chance.random() < share:
            engaged += 1
            yield from _of_person(lead_id, email, chance)


def _of_person(lead_id: int, email: str | None, chance: random.Random) -> Iterator[Row]:
    if email:
        for number in chance.sample(range(len(vocabulary.MAILINGS)), chance.randint(1, 3)):
            yield from _mailing(lead_id, email, number, chance)
    for _visit in range(chance.randint(0, 4)):
        yield from _visits(lead_id, chance)
    if chance.random() < 0.5:
        yield _moment(lead_id, chance)


def _mailing(lead_id: int, email: str, number: int, chance: random.Random) -> Iterator[Row]:
    name = vocabulary.MAILINGS[number]
    ago = _some_days_ago(chance)
    yield SEND_EMAIL, lead_id, ago, number + 1, name, {"Campaign Run ID": number + 100}
    if chance.random() < 0.04:
        attributes = {"Category": "2", "Email": email, "Details": "550 5.1.1 unknown user"}
        yield EMAIL_BOUNCED, lead_id, ago, number + 1, name, attributes
        return
    if chance.random() < 0.12:
        # A scanner looks at everything the moment it comes.
        yield OPEN_EMAIL, lead_id, ago, number + 1, name, {"Is Bot Activity": True}
    if chance.random() < 0.6:
        opened = ago * chance.random()
        yield OPEN_EMAIL, lead_id, opened, number + 1, name, {"Is Bot Activity": False}
        if chance.random() < 0.5:
            page = chance.choice(vocabulary.PAGES)
            clicked = {"Is Bot Activity": False, "Link": f"https://{SITE}{page}"}
            yield CLICK_EMAIL, lead_id, opened * 0.99, number + 1, name, clicked


def _visits(lead_id: int, chance: random.Random) -> Iterator[Row]:
    """A few pages one after the other, and at the end perhaps a form."""
    ago = _some_days_ago(chance)
    address = f"10.0.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
    for minute, page in enumerate(chance.sample(vocabulary.PAGES, chance.randint(1, 3))):
        number = vocabulary.PAGES.index(page) + 1
        when = max(ago - timedelta(minutes=minute), timedelta())
        attributes = {"Client IP Address": address, "Webpage URL": page}
        yield VISIT_WEBPAGE, lead_id, when, number, f"{SITE}{page}", attributes
    if chance.random() < 0.15:
        form = chance.choice(vocabulary.WEB_FORMS)
        attributes = {"Client IP Address": address}
        yield FILL_OUT_FORM, lead_id, ago, vocabulary.WEB_FORMS.index(form) + 1, form, attributes


def _moment(lead_id: int, chance: random.Random) -> Row:
    kind, description = chance.choice(vocabulary.MOMENTS)
    ago = _some_days_ago(chance)
    attributes = {"Type": kind, "Source": "Web", "Description": description}
    return INTERESTING_MOMENT, lead_id, ago, 1, kind, attributes


def _some_days_ago(chance: random.Random) -> timedelta:
    """More often lately than long ago."""
    return timedelta(seconds=int(88 * 86_400 * chance.random() ** 1.5) + 60)
