"""The part of an address that says which people a list shows, and how."""

from typing import Any

from django.http import QueryDict

from people.filters import PersonFilter

STATE = (*PersonFilter.base_filters, "sort", "columns")


def list_query(data: QueryDict) -> QueryDict:
    """Only what makes up the list: no empty field, no place in it, no open panel."""
    query = QueryDict(mutable=True)
    for name in STATE:
        value: Any = data.get(name)
        if value:
            query[name] = value
    return query
