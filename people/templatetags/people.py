"""Look-ups that templates can't do by themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from people.models import Group
from people.rows import owner_name_of

register = template.Library()


@register.filter
def of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key that is itself a variable: `{{ names|of:person.owner_id }}`."""
    return mapping.get(key, "")


@register.filter
def groups_among(person: Any, groups: Iterable[Group]) -> list[Group]:
    """Those of the groups that a row of the list is in, in their order."""
    ids = set(person.group_ids)
    return [group for group in groups if group.pk in ids]


register.filter(owner_name_of)


@register.filter
def attribute(thing: object, name: str) -> Any:
    return getattr(thing, name, "")
