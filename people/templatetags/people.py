"""Look-ups that templates can't do by themselves."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key that is itself a variable: `{{ names|of:person.owner_id }}`."""
    return mapping.get(key, "")
