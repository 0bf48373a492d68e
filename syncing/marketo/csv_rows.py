"""Rows out of an export file as it streams in: constant memory, exact offsets.

Marketo's files mean absence by a bare `null`, and their text may hold line ends of every kind,
quotes and NUL bytes. Lines end at \\n only; the csv module puts quoted ones together again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from syncing.errors import Permanent

# As many as fit into a processor's cache.
_BATCH = 1_000
# A line is a row, or a part of one; nothing in Marketo comes near this.
_LONGEST_LINE = 16 * 1024 * 1024
_BYTE_ORDER_MARK = "\ufeff"

# The csv module cannot tell "null" from null, and takes a carriage return in an unquoted field
# for a mistake. NUL bytes are thrown away, so one of them can mark both while csv looks at them.
_QUOTED_NULL = re.compile(rb'(?:(?<=,)|\A)"null"(?=,|\r?\Z)')
_LONE_RETURN = re.compile(rb"\r(?!\Z)")
_MARKED_NULL, _MARKED_RETURN = "\0n", "\0r"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, or does not fit the columns; the others come without it."""

    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ExportBatch:
    """Rows in file order, absent values as None. The next batch begins at byte `next_offset`."""

    rows: list[list[str | None]]
    columns: tuple[str, ...]
    next_offset: int
    bad_rows: tuple[BadRow, ...]


def read_batches(
    chunks: Iterable[bytes], *, offset: int, columns: Sequence[str] | None
) -> Iterator[ExportBatch]:
    """Batches of rows from a file's bytes; without `columns` the first row is the header.

    `offset` is where in the file the chunks begin, so that every `next_offset` counts in the file.
    """
    lines = _Lines(chunks, offset)
    reader = csv.reader(chain.from_iterable(lines))
    if columns is None:
        columns = [name.lstrip(_BYTE_ORDER_MARK) for name in next(reader, [])]
    header = tuple(columns)
    while True:
        rows, bad_rows = _take(reader, len(header))
        if not rows and not bad_rows:
            return
        yield ExportBatch(
            rows=[_values(row, marked=lines.marked) for row in rows],
            columns=header,
            next_offset=lines.offset_after(reader.line_num),
            bad_rows=tuple(bad_rows),
        )


class _Lines:
    """The lines of a file as text, those of one chunk at a time, and where in the file they end."""

    def __init__(self, chunks: Iterable[bytes], offset: int) -> None:
        # From the first mark on every row is looked through for marks.
        self.marked = False
        self._chunks = chunks
        self._offset = offset
        self._passed = 0
        self._sizes: list[int] = []

    def offset_after(self, number: int) -> int:
        """Where the line with this number ends; numbers begin at 1 and only ever grow."""
        passed = number - self._passed
        self._offset += sum(self._sizes[:passed])
        del self._sizes[:passed]
        self._passed = number
        return self._offset

    def __iter__(self) -> Iterator[list[str]]:
        rest = b""
        for chunk in self._chunks:
            data = rest + chunk
            lines = data.split(b"\n")
            rest = lines.pop()
            if len(rest) > _LONGEST_LINE:
                raise Permanent("The export file is not a table.")
            self._sizes += [len(line) + 1 for line in lines]
            if not _is_plain(data):
                lines = [self._mark(line) for line in lines]
            yield [line.decode("utf-8", "replace") + "\n" for line in lines]
        if rest:
            self._sizes.append(len(rest))
            yield [self._mark(rest).decode("utf-8", "replace")]

    def _mark(self, line: bytes) -> bytes:
        line = line.replace(b"\0", b"")
        if b'"null"' in line:
            line = _QUOTED_NULL.sub(b'"\0n"', line)
        if b"\r" in line:
            line = _LONE_RETURN.sub(b"\0r", line)
        self.marked = self.marked or b"\0" in line
        return line


def _is_plain(data: bytes) -> bool:
    if b"\0" in data or b'"null"' in data:
        return False
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


def _take(reader: Iterator[list[str]], width: int) -> tuple[list[list[str]], list[BadRow]]:
    """The next rows that fit and those that do not; fewer than a batch after an unreadable row."""
    rows: list[list[str]] = []
    bad_rows: list[BadRow] = []
    try:
        rows.extend(islice(reader, _BATCH))
    except csv.Error as error:
        # The rows before it are in `rows`, and the reader goes on with the line after it.
        bad_rows.append(BadRow((), str(error)))
    if any(len(row) != width for row in rows):
        reason = f"has not {width} columns"
        bad_rows += [BadRow(tuple(row), reason) for row in rows if len(row) != width]
        rows = [row for row in rows if len(row) == width]
    return rows, bad_rows


def _values(row: list[str], *, marked: bool) -> list[str | None]:
    if not marked:
        return [None if value == "null" else value for value in row]
    return [
        None if value == "null" else _unmarked(value) if "\0" in value else value for value in row
    ]


def _unmarked(value: str) -> str:
    return value.replace(_MARKED_RETURN, "\r").replace(_MARKED_NULL, "null")
