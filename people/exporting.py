"""People as CSV, written while they are read."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from people.models import Person
from people.owners import owner_names
from people.signals import people_export_begun, people_exported

FIELDS = (
    "marketo_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "source",
    "salesforce_contact_id",
    "salesforce_lead_id",
    "salesforce_account_id",
    "salesforce_opportunity_id",
    "owner_salesforce_id",
    "sfdc_type",
    "updated_at",
)
COLUMNS = (*FIELDS, "owner_name")
OWNER = FIELDS.index("owner_salesforce_id")
# Rows fetched, and lines sent, at a time.
BATCH = 2_000
# Spreadsheets of East Asia take the full-width signs for the same.
FORMULA_STARTS = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", *"\t\r\n")
BYTE_ORDER_MARK = "\ufeff"


class _Lines(list[str]):
    """What csv.writer writes to."""

    def write(self, text: str) -> None:
        self.append(text)


def csv_of(*, people: QuerySet[Person], user: Any, query: str) -> Iterator[str]:
    """The file in pieces.

    `people_export_begun` is told first, and `people_exported` how many were written, however it
    ends.
    """
    people_export_begun.send(sender=Person, user=user, query=query)
    return _pieces(people, user, query)


def _pieces(people: QuerySet[Person], user: Any, query: str) -> Iterator[str]:
    count = 0
    lines = _Lines([BYTE_ORDER_MARK])
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    names = owner_names()
    try:
        with transaction.atomic():
            for row in people.order_by("pk").values_list(*FIELDS).iterator(chunk_size=BATCH):
                named = (*row, names.get(row[OWNER], ""))
                writer.writerow([_cell(value) for value in named])
                count += 1
                if count % BATCH == 0:
                    yield "".join(lines)
                    lines.clear()
        yield "".join(lines)
    finally:
        people_exported.send(sender=Person, user=user, count=count, query=query)


def as_text(value: str) -> str:
    """The value for a cell of a spreadsheet, which would take some beginnings for a formula."""
    is_formula = value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
