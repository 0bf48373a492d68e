"""The parts of a SOQL query."""

from __future__ import annotations

from dataclasses import dataclass

# A field, by way of relationships: ("Owner", "Name").
Path = tuple[str, ...]


@dataclass(frozen=True)
class Literal:
    """A value as it was written. Kinds: string, number, boolean, null, date, datetime, named."""

    kind: str
    text: str


@dataclass(frozen=True)
class Aggregate:
    """COUNT(Id), MAX(SystemModstamp) and the like; without a path it is COUNT()."""

    function: str
    path: Path | None
    alias: str = ""


@dataclass(frozen=True)
class Comparison:
    """`field operator value`; IN takes several values, or a query."""

    path: Path
    operator: str
    values: tuple[Literal, ...] = ()
    query: Select | None = None


@dataclass(frozen=True)
class Logical:
    """Conditions joined by AND, by OR, or one with NOT."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Comparison | Logical


@dataclass(frozen=True)
class Order:
    """One item of ORDER BY."""

    path: Path
    is_descending: bool = False
    nulls: str = ""


@dataclass(frozen=True)
class Select:
    """A whole query."""

    items: tuple[Path | Aggregate, ...]
    object: str
    where: Condition | None = None
    groups: tuple[Path, ...] = ()
    orders: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def is_count(self) -> bool:
        """SELECT COUNT() answers with a size and no records."""
        return self.items == (Aggregate("COUNT", None),)
