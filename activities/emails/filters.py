"""What the Command Center can be narrowed by, and the chips that show it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.forms import DateInput
from django.http import QueryDict
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.emails.models import Email, Template
from people.chips import Chip
from people.models import Person

MAX_LENGTH = 255
MAX_ID = 2**63 - 1

Emails = QuerySet[Email]


class _IdFilter(django_filters.NumberFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decimal_places=0, min_value=1, max_value=MAX_ID, **kwargs)


class _DayFilter(django_filters.DateFilter):
    """A day in the user's time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DateInput(attrs={"type": "date"}), **kwargs)


class EmailFilter(django_filters.FilterSet):
    """Narrows emails by what is valid in `data`; what makes no sense is left out."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Search"), method="filter_q", max_length=MAX_LENGTH
    )
    to = _IdFilter(label=gettext_lazy("Person"), field_name="person_id")
    campaign = _IdFilter(label=gettext_lazy("Campaign"), field_name="campaign_id")
    template = _IdFilter(label=gettext_lazy("Template"), field_name="template_id")
    sender = _IdFilter(label=gettext_lazy("Sender"), field_name="sender_id")
    since = _DayFilter(label=gettext_lazy("From"), method="filter_since")
    until = _DayFilter(label=gettext_lazy("Until"), method="filter_until")
    viewed = django_filters.BooleanFilter(
        label=gettext_lazy("Viewed"), field_name="views", method="filter_counter"
    )
    clicked = django_filters.BooleanFilter(
        label=gettext_lazy("Clicked"), field_name="clicks", method="filter_counter"
    )
    replied = django_filters.BooleanFilter(
        label=gettext_lazy("Replied"), field_name="replies", method="filter_counter"
    )

    class Meta:
        model = Email
        fields: tuple[str, ...] = ()

    def filter_q(self, queryset: Emails, name: str, value: str) -> Emails:
        for word in value.lower().split():
            queryset = queryset.filter(
                Q(subject__icontains=word)
                | Q(sent_subject__icontains=word)
                | Q(person__search_text__contains=word)
            )
        return queryset

    def filter_since(self, queryset: Emails, name: str, value: date) -> Emails:
        return queryset.filter(updated_at__gte=_start_of(value))

    def filter_until(self, queryset: Emails, name: str, value: date) -> Emails:
        return queryset.filter(updated_at__lte=_end_of(value))

    def filter_counter(self, queryset: Emails, name: str, value: bool) -> Emails:  # noqa: FBT001
        return queryset.filter(**{f"{name}__gt": 0} if value else {name: 0})


NAMES = tuple(EmailFilter.base_filters)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))


def matching(data: QueryDict, emails: Emails) -> EmailFilter:
    filters = EmailFilter(data, emails)
    filters.is_valid()
    return filters


def list_query(data: QueryDict) -> QueryDict:
    """Only what makes up the list: no empty field, no place in it, no open panel."""
    query = QueryDict(mutable=True)
    for name in ("folder", *NAMES, "sort"):
        if value := data.get(name):
            query[name] = value
    return query


def chips_of(filters: EmailFilter, query: QueryDict) -> Iterator[Chip]:
    for name, value in filters.form.cleaned_data.items():
        if value not in (None, "") and name != "q":
            rest = query.copy()
            rest.pop(name, None)
            yield Chip(
                name, filters.filters[name].label, _in_words(name, value), f"?{rest.urlencode()}"
            )


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return format_date(value, "DATE_FORMAT")
    return _named(name, int(value)) or f"#{int(value)}"


def _named(name: str, pk: int) -> str:
    """What the thing with this id is called; empty when it is gone."""
    if name == "campaign":
        email = Email.objects.filter(campaign_id=pk).only("campaign_name").first()
        return email.campaign_name if email else ""
    models: dict[str, Any] = {"to": Person, "template": Template, "sender": get_user_model()}
    found = models[name].objects.filter(pk=pk).first()
    return str(found) if found else ""
