"""From the parts of a query to SQL over the org's tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from syncing.sandbox.salesforce.errors import SalesforceError, invalid_field, malformed_query
from syncing.sandbox.salesforce.fields import NUMBER_TYPES, TEXT_TYPES, Field
from syncing.sandbox.salesforce.ids import is_id, to18
from syncing.sandbox.salesforce.schema import ObjectView, Schema
from syncing.sandbox.salesforce.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    Literal,
    Path,
    Select,
)
from syncing.sandbox.salesforce.values import parse_moment, stamp

OFFSET_MAX = 2000
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
# What can be asked of a record that may be of several objects.
_NAME_FIELDS = ("Id", "Name", "Type", "Email", "FirstName", "LastName", "Username", "Alias")
_KINDS = {
    "boolean": {"boolean"},
    "date": {"date", "named"},
    "datetime": {"datetime", "named"},
    **{name: {"number"} for name in NUMBER_TYPES},
    **{name: {"string"} for name in (*TEXT_TYPES, "id", "reference")},
}
_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: int(text == "TRUE"),
    "number": float,
    "date": str,
    "datetime": lambda text: stamp(parse_moment(text)),
}


@dataclass(frozen=True)
class Column:
    """One value of each row: its place in the record, and how to show it."""

    path: Path
    type: str
    # Where in the row the id of the related record is, for each step of the way.
    id_places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """A reference on the way to a field, and SQL for the id it holds."""

    field: Field
    id_sql: str


@dataclass
class Compiled:
    """SQL to run. Rows have `Id`, the columns, and the ids of related records.

    Those of aggregates have the columns only.
    """

    sql: str
    arguments: list[Any]
    object: str
    columns: list[Column]
    is_count: bool = False
    is_aggregate: bool = False


@dataclass
class Compiler:
    """Turns one query into SQL; `now` is what TODAY goes by."""

    schema: Schema
    now: datetime
    with_deleted: bool = False
    arguments: list[Any] = field(default_factory=list)

    def compile(self, query: Select) -> Compiled:
        view = self.schema.query_object(query.object)
        if query.offset > OFFSET_MAX:
            message = "Maximum SOQL offset allowed is 2000"
            raise SalesforceError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
        paths = [item for item in query.items if not isinstance(item, Aggregate)]
        is_aggregate = bool(query.groups) or len(paths) < len(query.items)
        if is_aggregate:
            columns, selected = self._aggregates(view, query)
        else:
            columns, selected = self._columns(view, paths)
        where = self._where(view, query)
        sql = f'SELECT {", ".join(selected)} FROM "{view.name}" AS t WHERE {where}'
        if query.groups:
            sql += " GROUP BY " + ", ".join(self._value(view, path)[0] for path in query.groups)
        sql += self._order(view, query)
        if query.limit is not None or query.offset:
            sql += f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
        return Compiled(sql, self.arguments, view.name, columns, query.is_count, is_aggregate)

    def _aggregates(self, view: ObjectView, query: Select) -> tuple[list[Column], list[str]]:
        columns, selected = [], []
        unnamed = 0
        for item in query.items:
            if not isinstance(item, Aggregate):
                sql, found, _ = self._value(view, item)
                columns.append(Column((found.name,), found.type))
                selected.append(sql)
                continue
            sql, found, _ = self._value(view, item.path or ("Id",))
            distinct = "DISTINCT " if item.function == "COUNT_DISTINCT" else ""
            selected.append(f"{item.function.partition('_')[0]}({distinct}{sql})")
            is_number = item.function.startswith("COUNT")
            columns.append(
                Column((item.alias or f"expr{unnamed}",), "int" if is_number else found.type)
            )
            unnamed += not item.alias
        return columns, selected

    def _columns(self, view: ObjectView, paths: Sequence[Path]) -> tuple[list[Column], list[str]]:
        columns, selected = [], ["t.Id"]
        values = [self._value(view, path) for path in paths]
        selected += [sql for sql, _, _ in values]
        for _, found, steps in values:
            places = tuple(range(len(selected), len(selected) + len(steps)))
            selected += [step.id_sql for step in steps]
            names = (*(step.field.relationship for step in steps), found.name)
            columns.append(Column(names, found.type, places))
        return columns, selected

    def _where(self, view: ObjectView, query: Select) -> str:
        parts = []
        if not self.with_deleted:
            parts.append("NOT t.IsDeleted")
            if view.name == "Task":
                parts.append("NOT t.IsArchived")
        if query.where:
            parts.append(self._condition(view, query.where))
        return " AND ".join(parts) or "1"

    def _order(self, view: ObjectView, query: Select) -> str:
        items = []
        for order in query.orders:
            sql, found, _ = self._value(view, order.path)
            if not found.is_filterable:
                message = f"field '{found.name}' can not be sorted in a query call"
                raise SalesforceError(400, "INVALID_FIELD", message)
            direction = " DESC" if order.is_descending else ""
            items.append(f"{sql}{direction}" + (f" NULLS {order.nulls}" if order.nulls else ""))
        return " ORDER BY " + ", ".join(items) if items else ""

    def _condition(self, view: ObjectView, condition: Condition) -> str:
        if isinstance(condition, Comparison):
            return self._comparison(view, condition)
        parts = [self._condition(view, part) for part in condition.parts]
        if condition.operator == "NOT":
            # SOQL knows no unknown: what compares nothing is false, and its NOT is true.
            return f"NOT ifnull({parts[0]}, 0)"
        return f"({f' {condition.operator} '.join(parts)})"

    def _comparison(self, view: ObjectView, comparison: Comparison) -> str:
        sql, found, _ = self._value(view, comparison.path)
        if not found.is_filterable:
            message = f"field '{found.name}' can not be filtered in a query call"
            raise SalesforceError(400, "INVALID_FIELD", message)
        if comparison.query:
            return self._semi_join(sql, comparison)
        values = [self._argument(found, literal, comparison) for literal in comparison.values]
        operator = comparison.operator
        if operator in {"IN", "NOT IN"}:
            self.arguments += values
            inside = f"{sql} {operator} ({', '.join('?' * len(values))})"
            return inside if operator == "IN" else f"({sql} IS NULL OR {inside})"
        self.arguments.append(values[0])
        if operator == "LIKE":
            return f"{sql} LIKE ? ESCAPE '\\'"
        if operator == "!=" or (operator == "=" and values[0] is None):
            return f"{sql} {'IS' if operator == '=' else 'IS NOT'} ?"
        return f"{sql} {operator} ?"

    def _semi_join(self, sql: str, comparison: Comparison) -> str:
        query = comparison.query
        if query is None or len(query.items) != 1 or isinstance(query.items[0], Aggregate):
            raise malformed_query("A semi join selects one field.")
        view = self.schema.query_object(query.object)
        inner, _, _ = self._value(view, query.items[0])
        where = self._where(view, query)
        return f'{sql} {comparison.operator} (SELECT {inner} FROM "{view.name}" AS t WHERE {where})'

    def _value(self, view: ObjectView, path: Path) -> tuple[str, Field, list[Step]]:
        """SQL for a field, the field, and the references on the way to it."""
        steps: list[Step] = []
        at = view
        for name in path[:-1]:
            reference = at.by_relationship.get(name.lower())
            if reference is None:
                message = f"Didn't understand relationship '{name}' in field path."
                raise SalesforceError(400, "INVALID_FIELD", message)
            steps.append(Step(reference, _column(at, reference, steps)))
            if len(reference.refers_to) > 1:
                return *self._of_several(steps, path[-1]), steps
            at = self.schema.object(reference.refers_to[0])
        found = at.by_name.get(path[-1].lower())
        if found is None:
            raise invalid_field(path[-1], at.name)
        return _column(at, found, steps), found, steps

    def _of_several(self, steps: list[Step], name: str) -> tuple[str, Field]:
        """A field of whoever the id belongs to; null where there is no such field."""
        known = {item.lower(): item for item in _NAME_FIELDS}.get(name.lower())
        if known is None:
            raise invalid_field(name, "Name")
        cases = []
        for target in steps[-1].field.refers_to:
            view = self.schema.object(target)
            if known == "Type":
                cases.append(f"WHEN '{view.prefix}' THEN '{target}'")
            elif known.lower() in view.by_name:
                value = _column(view, view.by_name[known.lower()], steps)
                cases.append(f"WHEN '{view.prefix}' THEN {value}")
        sql = f"CASE substr({steps[-1].id_sql}, 1, 3) {' '.join(cases)} END"
        return sql, Field(known, known, "id" if known == "Id" else "string", 255)

    def _argument(self, found: Field, literal: Literal, comparison: Comparison) -> Any:
        if literal.kind == "null":
            return None
        if literal.kind not in _KINDS[found.type]:
            message = (
                f"value of filter criterion for field '{found.name}' must be of type {found.type}"
            )
            quoted = " and should not be enclosed in quotes" if literal.kind == "string" else ""
            raise SalesforceError(400, "INVALID_FIELD", message + quoted)
        if literal.kind == "string":
            return self._string(found, literal.text[1:-1], comparison)
        if literal.kind == "named":
            return self._named(found, literal.text)
        return _CONVERSIONS[literal.kind](literal.text)

    def _string(self, found: Field, text: str, comparison: Comparison) -> str:
        if comparison.operator == "LIKE":
            # What the pattern escapes stays escaped: SQLite reads it the same way.
            return _ESCAPE.sub(lambda it: it[0] if it[1] in "\\%_" else _unescaped(it), text)
        plain = _ESCAPE.sub(_unescaped, text)
        if found.type in {"id", "reference"} and plain:
            if not is_id(plain):
                message = f"invalid ID field: {plain}"
                raise SalesforceError(400, "INVALID_QUERY_FILTER_OPERATOR", message)
            return to18(plain)
        return plain

    def _named(self, found: Field, name: str) -> str:
        """TODAY and the like, as the day begins in GMT."""
        word, _, count = name.partition(":")
        days = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}.get(word, int(count or 0))
        days = -days if word.startswith("LAST") else days
        day = (self.now + timedelta(days=days)).date()
        if found.type == "date":
            return day.isoformat()
        return stamp(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[1])


def _column(view: ObjectView, found: Field, steps: Sequence[Step]) -> str:
    """The field of the record that the steps lead to."""
    if not steps:
        return f't."{found.name}"'
    return f'(SELECT "{found.name}" FROM "{view.name}" WHERE Id = {steps[-1].id_sql})'
