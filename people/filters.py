"""What a list of people can be narrowed by: the same on the page and in the REST API."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField

from people.group_selectors import visible_groups
from people.models import DuplicateEmail, GroupMembership, Person
from people.moments import in_utc
from people.query_plans import Way, short_queries
from people.salesforce_ids import forms_of
from people.search import has_similar_words, has_words
from people.sorting import text_key
from people.unsubscribes import in_force

MAX_LENGTH = 255

People = QuerySet[Person]


class MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        return in_utc(moment) if moment else None


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class YesNoField(forms.NullBooleanField):
    # A select would take what it does not offer for no answer, and "2" for yes.
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]  # the stubs forget None
        answer = super().to_python(value)
        if answer is None and value:
            raise ValidationError(_("It is either true or false."))
        return answer


class YesNoFilter(django_filters.BooleanFilter):
    field_class = YesNoField


class TextFilter(django_filters.CharFilter):
    """Blanks alone are a text that nobody has; stripped, they would be no filter at all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, strip=False, **kwargs)


class PersonFilter(django_filters.FilterSet):
    """Narrows people by what is valid in `data`; `form.errors` names the rest.

    `user` decides what *mine* and *group* mean. With `similar`, words count that are only like
    the ones searched for. With `only_themselves`, nobody counts as unsubscribed just because
    somebody else with the address is.
    """

    q = TextFilter(
        label=_("Search"),
        help_text=_("Words in name, email, company, title or phone; all must match."),
        method="filter_q",
        max_length=MAX_LENGTH,
    )
    owner = TextFilter(
        label=_("Owner"), method="filter_owner", help_text=_("A Salesforce user ID."), max_length=18
    )
    mine = YesNoFilter(label=_("My Contacts"), method="filter_mine")
    company = TextFilter(label=_("Company"), method="filter_words", max_length=MAX_LENGTH)
    title = TextFilter(label=_("Title"), method="filter_words", max_length=MAX_LENGTH)
    source = TextFilter(label=_("Source"), method="filter_source", max_length=MAX_LENGTH)
    type = django_filters.ChoiceFilter(
        label=_("Lead or contact"), field_name="sfdc_type", choices=Person.SfdcType.choices
    )
    has_email = YesNoFilter(label=_("Has email"), field_name="email", method="filter_has")
    has_phone = YesNoFilter(label=_("Has phone"), field_name="phone", method="filter_has")
    duplicates = YesNoFilter(label=_("Duplicates by email"), method="filter_duplicates")
    unsubscribed = YesNoFilter(label=_("Unsubscribed"), method="filter_unsubscribed")
    updated_since = MomentFilter(
        label=_("Updated since"), field_name="updated_at", lookup_expr="gte"
    )
    group = django_filters.NumberFilter(label=_("Group"), method="filter_group", decimal_places=0)

    WORDS = frozenset({"q", "company", "title"})
    NARROW = frozenset({"owner", "mine", "source", "group"})

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        data: Any = None,
        queryset: People | None = None,
        *,
        request: HttpRequest | None = None,
        user: AbstractBaseUser | None = None,
        similar: bool = False,
        only_themselves: bool = False,
    ) -> None:
        super().__init__(data, queryset, request=request)
        self.user = user or getattr(request, "user", None)
        self.similar = similar
        self.only_themselves = only_themselves

    @property
    def way(self) -> Way:
        """How to count those that match."""
        used = {name for name, value in self.form.cleaned_data.items() if value}
        if used & {"duplicates", "unsubscribed"}:
            return Way.JOIN
        if used & self.WORDS and not self.similar:
            return Way.SEARCH
        return Way.GATHER if used & (self.WORDS | self.NARROW) else Way.WALK

    def filter_queryset(self, queryset: People) -> People:
        """A search that can't be made finds nobody; other filters without sense are left out."""
        if "q" in self.form.errors:
            return queryset.none()
        narrowed: People = super().filter_queryset(queryset)
        return narrowed

    def filter_q(self, queryset: People, name: str, value: str) -> People:
        return queryset.filter(has_similar_words(value) if self.similar else has_words(value))

    def filter_owner(self, queryset: People, name: str, value: str) -> People:
        return queryset.filter(owner_salesforce_id__in=forms_of(value))

    def filter_mine(self, queryset: People, name: str, value: bool) -> People:  # noqa: FBT001
        salesforce_user_id = getattr(self.user, "salesforce_user_id", "")
        if not value:
            return queryset
        if not salesforce_user_id:
            return queryset.none()
        return self.filter_owner(queryset, name, salesforce_user_id)

    def filter_words(self, queryset: People, name: str, value: str) -> People:
        key = f"{name}_key"
        return queryset.alias(**{key: text_key(name)}).filter(has_words(value, column=key))

    def filter_source(self, queryset: People, name: str, value: str) -> People:
        return queryset.alias(source_key=text_key("source")).filter(source_key=value.lower())

    def filter_has(self, queryset: People, name: str, value: bool) -> People:  # noqa: FBT001
        key = f"{name}_key"
        empty = Q(**{key: ""}) if not value else Q(**{f"{key}__gt": ""})
        return queryset.alias(**{key: text_key(name)}).filter(empty)

    def filter_duplicates(self, queryset: People, name: str, value: bool) -> People:  # noqa: FBT001
        if not value:
            return queryset
        return queryset.alias(email_key=text_key("email")).filter(
            email_key__in=DuplicateEmail.objects.values("email")
        )

    def filter_unsubscribed(self, queryset: People, name: str, value: bool) -> People:  # noqa: FBT001
        own = in_force().values("person")
        queryset = queryset.alias(email_key=text_key("email"))
        # Their addresses are active people's alone: the index of addresses knows nobody else.
        same_address = Q(
            state=Person.State.ACTIVE, email_key__in=in_force().exclude(email="").values("email")
        )
        if value and self.only_themselves:
            # In force once a person, so nobody is joined twice.
            return queryset.filter(unsubscribes__isnull=False, unsubscribes__resubscribed_at=None)
        winners = _winners()
        if not value:
            return queryset.exclude(pk__in=own).exclude(pk__in=winners).exclude(same_address)
        people = Person.objects.alias(email_key=text_key("email"))
        twins, won = people.filter(same_address), people.filter(pk__in=winners)
        return queryset.filter(_is_among(twins.values("pk").union(won.values("pk"), own)))

    def filter_group(self, queryset: People, name: str, value: int) -> People:
        members = GroupMembership.objects.filter(
            group_id=value, group__in=visible_groups(user=self.user)
        )
        return queryset.filter(pk__in=members.values("person_id"))


def _winners() -> list[int]:
    """Those into whom Marketo merged somebody who is unsubscribed.

    Looked up first: a query `only_among` some people does not see who is no longer here.
    """
    losers = in_force().filter(person__merged_into__isnull=False)
    with short_queries():
        return list(losers.values_list("person__merged_into__pk", flat=True))


def _is_among(ids: QuerySet[Any, Any]) -> Func:
    """Like `pk__in`, but the ids are found first, and then each person by the id.

    Joined, PostgreSQL would go through all people for a few thousand of them.
    """
    return Func(
        F("pk"),
        ArraySubquery(ids),
        template="%(expressions)s))",
        arg_joiner=" IN (SELECT unnest(",
        output_field=BooleanField(),
    )
