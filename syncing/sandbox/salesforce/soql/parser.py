"""From the text of a query to its parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from syncing.sandbox.salesforce.errors import malformed_query
from syncing.sandbox.salesforce.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    Literal,
    Logical,
    Order,
    Path,
    Select,
)

T = TypeVar("T")

QUERY_MAX = 100_000
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>[+-]?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_][\w.]*(?::\d+)?)
  | (?P<symbol><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {"=", "!=", "<>", "<", ">", "<=", ">="}
_AGGREGATES = {"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"}
_NAMED = re.compile(r"(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_N_DAYS:\d{1,4})\Z")


@dataclass(frozen=True)
class Token:
    """One word, value or sign of the text."""

    kind: str
    text: str

    @property
    def keyword(self) -> str:
        return self.text.upper() if self.kind in {"word", "symbol"} else ""


_END = Token("end", "")


def parse(text: str) -> Select:
    """Raises MALFORMED_QUERY."""
    if len(text) > QUERY_MAX:
        raise malformed_query("SOQL statements cannot be longer than 100000 characters.")
    parser = _Parser(_tokens(text))
    query = parser.select()
    parser.expect_end()
    return query


def _tokens(text: str) -> list[Token]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise malformed_query(f"unexpected token: '{text[place:].strip()[:20]}'")
        tokens.append(Token(str(found.lastgroup), found[found.lastgroup or 0]))
        place = found.end()
    return tokens


class _Parser:
    """Takes the tokens from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def select(self) -> Select:
        self._expect("SELECT")
        items = [self._item()]
        while self._take(","):
            items.append(self._item())
        self._expect("FROM")
        name = self._word()
        where = self._condition() if self._take("WHERE") else None
        groups = self._several("GROUP", self._path)
        orders = self._several("ORDER", self._order)
        limit = self._whole_number() if self._take("LIMIT") else None
        offset = self._whole_number() if self._take("OFFSET") else 0
        return Select(tuple(items), name, where, groups, orders, limit, offset)

    def expect_end(self) -> None:
        if self._now is not _END:
            raise self._unexpected()

    @property
    def _now(self) -> Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else _END

    def _item(self) -> Path | Aggregate:
        name = self._word()
        if name.upper() not in _AGGREGATES or not self._take("("):
            return tuple(name.split("."))
        path = None if self._is(")") else self._path()
        self._expect(")")
        is_named = self._now.kind == "word" and not self._is("FROM")
        return Aggregate(name.upper(), path, self._word() if is_named else "")

    def _condition(self) -> Condition:
        """Parts joined by AND or by OR; both together need parentheses."""
        parts = [self._part()]
        operator = self._now.keyword
        if operator not in {"AND", "OR"}:
            return parts[0]
        while self._take(operator):
            parts.append(self._part())
        if self._now.keyword in {"AND", "OR"}:
            raise self._unexpected()
        return Logical(operator, tuple(parts))

    def _part(self) -> Condition:
        if self._take("NOT"):
            return Logical("NOT", (self._part(),))
        if self._take("("):
            inside = self._condition()
            self._expect(")")
            return inside
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self._path()
        if self._take("LIKE"):
            return Comparison(path, "LIKE", (self._literal(),))
        if self._is("NOT") or self._is("IN"):
            operator = "NOT IN" if self._take("NOT") else "IN"
            self._expect("IN")
            return self._list(path, operator)
        operator = self._now.text
        if operator not in _OPERATORS:
            raise self._unexpected()
        self._place += 1
        return Comparison(path, "!=" if operator == "<>" else operator, (self._literal(),))

    def _list(self, path: Path, operator: str) -> Comparison:
        self._expect("(")
        if self._is("SELECT"):
            comparison = Comparison(path, operator, query=self.select())
        else:
            values = [self._literal()]
            while self._take(","):
                values.append(self._literal())
            comparison = Comparison(path, operator, tuple(values))
        self._expect(")")
        return comparison

    def _literal(self) -> Literal:
        token = self._now
        self._place += 1
        if token.kind in {"date", "datetime"}:
            return _moment(token)
        if token.kind in {"string", "number"}:
            return Literal(token.kind, token.text)
        if token.keyword in {"TRUE", "FALSE"}:
            return Literal("boolean", token.keyword)
        if token.keyword == "NULL":
            return Literal("null", "")
        if _NAMED.match(token.keyword):
            return Literal("named", token.keyword)
        self._place -= 1
        raise self._unexpected()

    def _several(self, keyword: str, one: Callable[[], T]) -> tuple[T, ...]:
        """What follows GROUP BY or ORDER BY, if that is what comes."""
        if not self._take(keyword):
            return ()
        self._expect("BY")
        items = [one()]
        while self._take(","):
            items.append(one())
        return tuple(items)

    def _order(self) -> Order:
        path = self._path()
        is_descending = bool(self._take("DESC"))
        if not is_descending:
            self._take("ASC")
        nulls = ""
        if self._take("NULLS"):
            nulls = "FIRST" if self._take("FIRST") else "LAST"
            if nulls == "LAST":
                self._expect("LAST")
        return Order(path, is_descending, nulls)

    def _path(self) -> Path:
        return tuple(self._word().split("."))

    def _whole_number(self) -> int:
        token = self._now
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected()
        self._place += 1
        return int(token.text)

    def _word(self) -> str:
        token = self._now
        if token.kind != "word":
            raise self._unexpected()
        self._place += 1
        return token.text

    def _is(self, keyword: str) -> bool:
        return self._now.keyword == keyword

    def _take(self, keyword: str) -> bool:
        is_next = self._is(keyword)
        self._place += is_next
        return is_next

    def _expect(self, keyword: str) -> None:
        if not self._take(keyword):
            raise self._unexpected()

    def _unexpected(self) -> Exception:
        if self._now is _END:
            return malformed_query("unexpected token: <EOF>")
        return malformed_query(f"unexpected token: '{self._now.text}'")


def _moment(token: Token) -> Literal:
    """A date, or a date and time, that is in the calendar."""
    try:
        datetime.fromisoformat(token.text)
    except ValueError:
        raise malformed_query(f"Invalid date: {token.text}") from None
    return Literal(token.kind, token.text)
