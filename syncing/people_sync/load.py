"""The one door through which people come into the database: COPY, compare, write what differs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from people.models import Person
from syncing.people_sync.duplicates import refresh_duplicates
from syncing.people_sync.signals import people_loaded, people_written

WRITERS_LOCK = 0x70656F706C65  # "people", one writer at a time


class PersonRow(NamedTuple):
    """A qualifying lead as Marketo has it now, in the columns of Person. Absent text is empty.

    Every text fits its column, the id is a bigint, and dates are aware or in ISO 8601 with their
    zone. The caller sees to that.
    """

    marketo_id: int
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    title: str = ""
    linkedin_url: str = ""
    source: str = ""
    salesforce_contact_id: str = ""
    salesforce_lead_id: str = ""
    salesforce_account_id: str = ""
    salesforce_opportunity_id: str = ""
    owner_salesforce_id: str = ""
    sfdc_type: str = ""
    marketo_created_at: datetime | str | None = None
    marketo_updated_at: datetime | str | None = None


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What became of the rows; `unchanged` are those that brought nothing new to show."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    @property
    def written(self) -> int:
        return self.inserted + self.updated


COLUMNS = PersonRow._fields
TEXT_COLUMNS = COLUMNS[1:-2]
# A newer modification time alone is stored, but it is no change worth telling anybody.
SHOWN_COLUMNS = COLUMNS[1:-1]
# Marketo empties the lead's id when the lead becomes a contact; activities still refer to it.
KEEP_LEAD_ID = """CASE WHEN new.sfdc_type = 'Contact' AND new.salesforce_lead_id = ''
    THEN coalesce(old.salesforce_lead_id, '') ELSE new.salesforce_lead_id END"""
# Bulk extracts know nothing of opportunities.
KEEP_OPPORTUNITY_ID = """CASE WHEN %(with_opportunities)s
    THEN new.salesforce_opportunity_id ELSE coalesce(old.salesforce_opportunity_id, '') END"""


def _list(template: str, columns: Iterable[str] = COLUMNS) -> str:
    return ", ".join(template.format(column) for column in columns)


def _current_values() -> str:
    special = {
        "salesforce_lead_id": KEEP_LEAD_ID,
        "salesforce_opportunity_id": KEEP_OPPORTUNITY_ID,
    }
    return ", ".join(f"{special.get(name, f'new.{name}')} AS {name}" for name in COLUMNS)


CREATE_STAGE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS person_stage ON COMMIT DELETE ROWS
AS SELECT {_list("{}")} FROM people_person WITH NO DATA
"""  # noqa: S608 (only our own column names, here and below)

COPY_STAGE = f"COPY person_stage ({_list('{}')}) FROM STDIN"
COPY_PEOPLE = f"""
COPY people_person ({_list("{}")}, state, removed_reason, created_at, updated_at) FROM STDIN
"""
NULL = r"\N"
# What means something else in COPY's text format.
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": None})
SPECIAL = "\\\t\n\r\0"
HAS_SPECIAL = re.compile(f"[{re.escape(SPECIAL)}]")

# The lateral join with LIMIT 1 is one index look-up a row, however large the table has grown.
# An older copy of a lead never replaces a newer one, nor brings back who left meanwhile.
DIFFERING = f"""
WITH newest AS (
    SELECT DISTINCT ON (marketo_id) * FROM person_stage
    ORDER BY marketo_id, marketo_updated_at DESC NULLS LAST
),
compared AS (
    SELECT old.id AS person_id, old.state AS old_state, old.updated_at AS old_updated_at,
        {_list("old.{0} AS old_{0}", COLUMNS[1:])}, {_current_values()}
    FROM newest new
    LEFT JOIN LATERAL (
        SELECT * FROM people_person WHERE people_person.marketo_id = new.marketo_id LIMIT 1
    ) old ON true
    WHERE NOT %(may_be_stale)s OR old.state IS DISTINCT FROM 'REMOVED'
        AND (new.marketo_updated_at >= old.marketo_updated_at) IS NOT FALSE
),
differing AS (
    SELECT *, person_id IS NULL AS is_new, old_state = 'REMOVED' AS is_back,
        ({_list("{}", SHOWN_COLUMNS)}) IS DISTINCT FROM ({_list("old_{}", SHOWN_COLUMNS)})
        AS is_changed
    FROM compared
    WHERE person_id IS NULL OR old_state = 'REMOVED'
        OR ({_list("{}", COLUMNS[1:])}) IS DISTINCT FROM ({_list("old_{}", COLUMNS[1:])})
)
"""  # noqa: S608

FIND_DIFFERING = f"""
{DIFFERING} SELECT marketo_id FROM differing WHERE is_new OR is_back OR is_changed
"""  # noqa: S608

STAGED_WHO_LEFT = """
SELECT DISTINCT marketo_id FROM person_stage JOIN people_person USING (marketo_id)
WHERE people_person.state = 'REMOVED'
"""

MERGE = f"""
{DIFFERING}, written AS (
    INSERT INTO people_person
        ({_list("{}")}, state, removed_reason, created_at, updated_at)
    SELECT {_list("{}")}, 'ACTIVE', '', %(stamp)s,
        CASE WHEN is_changed OR is_back THEN %(stamp)s ELSE old_updated_at END
    FROM differing
    ON CONFLICT (marketo_id) DO UPDATE SET {_list("{0} = excluded.{0}", COLUMNS[1:])},
        state = 'ACTIVE', removed_reason = '', removed_at = NULL, merged_into_id = NULL,
        updated_at = excluded.updated_at
),
told AS (
    INSERT INTO people_personchange (person_id, kind, changes, happened_at)
    SELECT person_id,
        CASE WHEN is_back THEN 'RESTORED'
            WHEN old_sfdc_type = 'Lead' AND sfdc_type = 'Contact' THEN 'CONVERTED'
            ELSE 'UPDATED' END,
        (SELECT coalesce(jsonb_object_agg(name, jsonb_build_array(old_value, new_value)), '{{}}')
            FROM (VALUES {_list("('{0}', to_jsonb(old_{0}), to_jsonb({0}))", SHOWN_COLUMNS)})
            AS field (name, old_value, new_value)
            WHERE old_value IS DISTINCT FROM new_value),
        %(stamp)s
    FROM differing WHERE NOT is_new AND (is_changed OR is_back)
)
SELECT (SELECT count(*) FROM person_stage),
    count(*) FILTER (WHERE is_new),
    count(*) FILTER (WHERE NOT is_new AND (is_changed OR is_back)),
    CASE WHEN %(with_duplicates)s THEN array_agg(DISTINCT lower(email))
        || array_agg(DISTINCT lower(old_email)) FILTER (WHERE NOT is_new) END
FROM differing
"""  # noqa: S608


def merge_people(
    rows: Iterable[PersonRow] | bytes,
    *,
    now: datetime,
    may_be_stale: bool = False,
    with_opportunities: bool = False,
    with_duplicates: bool = True,
) -> MergeResult:
    """Write the people that are new or differ, with their history, and touch nothing else.

    `rows` may have been encoded before, in another thread than that of the database. What was read
    from Marketo just now always wins; what `may_be_stale` replaces nothing newer and brings nobody
    back.
    Without `with_opportunities` the opportunity ids here stay as they are. Without
    `with_duplicates` the caller promises to call `rebuild_duplicates` when all is in.
    """
    with people_writer(now=now) as stamp, connection.cursor() as cursor:
        _stage(rows)
        cursor.execute(
            MERGE,
            {
                "stamp": stamp,
                "may_be_stale": may_be_stale,
                "with_opportunities": with_opportunities,
                "with_duplicates": with_duplicates,
            },
        )
        staged, inserted, updated, emails = cursor.fetchone()
        refresh_duplicates(emails or ())
        if inserted or updated:
            people_written.send(sender=Person, stamp=stamp)
    return MergeResult(inserted, updated, unchanged=staged - inserted - updated)


def add_people(rows: bytes, *, now: datetime) -> MergeResult:
    """Write people of whom nobody is here, without comparing: for a load into an empty table.

    Raises IntegrityError and writes none of them if somebody is here, or twice among them. The
    caller promises to call `rebuild_duplicates` when all is in.
    """
    with people_writer(now=now) as stamp, connection.cursor() as cursor:
        rest = f"\tACTIVE\t\t{stamp.isoformat()}\t{stamp.isoformat()}\n"
        _copy(cursor, COPY_PEOPLE, rows.replace(b"\n", rest.encode()))
        inserted = cursor.rowcount
        people_loaded.send(sender=Person, stamp=stamp)
    return MergeResult(inserted=inserted)


@transaction.atomic
def find_differing(rows: Iterable[PersonRow] | bytes) -> list[int]:
    """Marketo ids of the people that `merge_people` would write or bring back; write nothing."""
    _stage(rows)
    with connection.cursor() as cursor:
        cursor.execute(FIND_DIFFERING, {"may_be_stale": False, "with_opportunities": False})
        return [marketo_id for (marketo_id,) in cursor.fetchall()]


def staged_who_left() -> list[int]:
    """Marketo ids that this transaction has staged last, of people who are here as removed."""
    with connection.cursor() as cursor:
        cursor.execute(STAGED_WHO_LEFT)
        return [marketo_id for (marketo_id,) in cursor.fetchall()]


def _stage(rows: Iterable[PersonRow] | bytes) -> None:
    encoded = rows if isinstance(rows, bytes) else encode(list(zip(*rows, strict=True)))
    with connection.cursor() as cursor:
        cursor.execute(CREATE_STAGE)
        cursor.execute("TRUNCATE person_stage")
        _copy(cursor, COPY_STAGE, encoded)


def _copy(cursor: CursorWrapper, sql: str, encoded: bytes) -> None:
    # In one piece: between two, the thread that reads ahead would hold the interpreter.
    with connection.wrap_database_errors:
        cursor.copy_expert(sql, io.BytesIO(encoded), size=len(encoded) + 1)


def encode(columns: Sequence[Sequence[Any]]) -> bytes:
    """People, given by column of PersonRow, as COPY reads them.

    PostgreSQL takes neither NUL nor half a surrogate pair; Marketo may send both.
    """
    if not columns or not columns[0]:
        return b""
    ids, *texts, created, updated = columns
    fields = (map(str, ids), *map(_escaped, texts), _moments(created), _moments(updated))
    lines = map("\t".join, zip(*fields, strict=True))
    return ("\n".join(lines) + "\n").encode(errors="replace")


def _escaped(texts: Sequence[str]) -> Sequence[str]:
    """One column of text. Few have a letter to escape, and a look at all at once tells."""
    everything = "".join(texts)
    if any(letter in everything for letter in SPECIAL):
        return [text.translate(ESCAPES) if HAS_SPECIAL.search(text) else text for text in texts]
    return texts


def _moments(values: Iterable[datetime | str | None]) -> list[str]:
    return [NULL if value is None else str(value) for value in values]


def hold_back_writers() -> None:
    """Wait until nobody writes people, and hold back who is about to until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS_LOCK])


@contextmanager
def people_writer(*, now: datetime) -> Iterator[datetime]:
    """Hold back other writers until the commit; yield the time to stamp what is written with.

    Stamps grow in the order of commits even if the clock steps back: whoever has read all people
    up to one `updated_at` never misses a later change.
    """
    with transaction.atomic():
        hold_back_writers()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT greatest(%s, max(updated_at) + interval '1 microsecond')"
                " FROM people_person",
                [now],
            )
            (stamp,) = cursor.fetchone()
        yield stamp
