"""The changes of a person in the words of the page."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from people.models import Person, PersonChange
from people.owners import owner_names

FIELDS = {field.name: field for field in Person._meta.fields}  # noqa: SLF001
# The change that a merge leaves with the winner: the loser's Marketo ID.
MERGED_PEOPLE = "merged_people"
OWNER = "owner_salesforce_id"


class Line(NamedTuple):
    """One field before and after, or whom Marketo merged into this person."""

    name: str
    before: Any = None
    after: Any = None
    merged_id: int | None = None
    # None when they are not here any more.
    merged_person: Person | None = None


def lines_of(changes: Iterable[PersonChange]) -> dict[int, list[Line]]:
    """The lines of each of these changes, by its id."""
    changes = list(changes)
    merged_ids = [change.changes[MERGED_PEOPLE][1] for change in changes if _is_merge(change)]
    merged = Person.objects.in_bulk(merged_ids, field_name="marketo_id") if merged_ids else {}
    owners = owner_names() if any(OWNER in change.changes for change in changes) else {}
    return {
        change.pk: [_line(name, values, merged, owners) for name, values in change.changes.items()]
        for change in changes
    }


def _is_merge(change: PersonChange) -> bool:
    return MERGED_PEOPLE in change.changes


def _line(name: str, values: list[Any], merged: dict[int, Person], owners: dict[str, str]) -> Line:
    before, after = values
    if name == MERGED_PEOPLE:
        return Line(name, merged_id=after, merged_person=merged.get(after))
    field = FIELDS.get(name)
    if field is None:
        return Line(name, before, after)
    words: dict[Any, Any] = owners if name == OWNER else dict(field.flatchoices)
    return Line(str(field.verbose_name), words.get(before, before), words.get(after, after))
