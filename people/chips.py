"""The filters of a list as chips, each with the address of the list without it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.http import QueryDict
from django.template.defaultfilters import date as format_date
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from people.filters import PersonFilter
from people.owners import owner_of

# Neither narrows the list by itself in a way that the page does not show elsewhere.
SHOWN_ELSEWHERE = {"group", "mine"}


class Chip(NamedTuple):
    name: str
    label: str | Promise
    value: str
    url: str


def chips_of(*, filters: PersonFilter, query: QueryDict) -> Iterator[Chip]:
    for name, value in filters.form.cleaned_data.items():
        if value in (None, "") or name in SHOWN_ELSEWHERE:
            continue
        text = str(owner_of(value)) if name == "owner" else _in_words(value)
        yield Chip(name, filters.filters[name].label, text, f"?{_without(query, name)}")


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return format_date(localtime(value), "DATE_FORMAT")
    return str(value)


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    return rest.urlencode()
