"""Records out of the rows of an answer, some of which may be odd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog

from syncing.errors import Permanent
from syncing.marketo.csv_rows import BadRow
from syncing.marketo.envelope import Envelope
from syncing.marketo.transport import Endpoint

log = structlog.get_logger(__name__)

# So few odd rows may be a whole page by chance, and reading has to get past them. More of them and
# nothing else means that rows look different now.
_FEW_ROWS = 3
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)

Record = TypeVar("Record")


def all_records(
    make: Callable[[Any], Record], rows: Sequence[Any], answer: Envelope
) -> list[Record]:
    """All rows as records, where none may be missing."""
    try:
        return [make(row) for row in rows]
    except _UNREADABLE as error:
        raise _unexpected_form(type(error).__name__, answer) from None


def readable_records(
    make: Callable[[Any], Record], answer: Envelope, endpoint: Endpoint
) -> tuple[list[Record], list[BadRow]]:
    """The rows that can be read as records, and the others."""
    records: list[Record] = []
    bad_rows: list[BadRow] = []
    name = endpoint.path.rpartition("/")[2]
    for row in answer.rows:
        try:
            records.append(make(row))
        except _UNREADABLE as error:
            bad_rows.append(BadRow((), f"{name}: {type(error).__name__}: {error}"))
    if bad_rows:
        log.warning("marketo_bad_rows", path=endpoint.path, count=len(bad_rows))
    if len(bad_rows) > _FEW_ROWS and not records:
        raise _unexpected_form(bad_rows[0].reason, answer)
    return records, bad_rows


def _unexpected_form(reason: str, answer: Envelope) -> Permanent:
    return Permanent(
        f"Marketo's answer has an unexpected form: {reason}.", request_id=answer.request_id
    )
