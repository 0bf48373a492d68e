"""The columns of the people list."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.models import ListSettings
from people.sorting import ENGAGEMENT_COLUMNS, TEXT_COLUMNS


class Column(NamedTuple):
    name: str
    label: str | Promise
    is_default: bool = True
    # The name of its order; none for what has no order.
    sort: str = ""
    # A number of PersonEngagement.
    is_counter: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the cell is the text of the field with this name."""
        return self.name in TEXT_COLUMNS

    @property
    def is_engagement(self) -> bool:
        return self.name in ENGAGEMENT_COLUMNS

    @property
    def first_sort(self) -> str:
        """The order that the first click gives: the most active come first."""
        return f"-{self.sort}" if self.is_engagement else self.sort


def _counter(name: str, label: str | Promise, *, is_default: bool = False) -> Column:
    return Column(name, label, is_default, sort=name, is_counter=True)


COLUMNS = (
    Column("first_name", _("First name"), sort="first_name"),
    Column("last_name", _("Last name"), sort="last_name"),
    Column("email", _("Email"), sort="email"),
    Column("title", _("Title"), sort="title"),
    Column("company", _("Company"), sort="company"),
    Column("phone", _("Phone"), sort="phone"),
    Column("owner", _("Owner"), sort="owner"),
    _counter("events", _("# Events"), is_default=True),
    _counter("activities", _("# Activities"), is_default=True),
    Column("groups", _("Groups")),
    Column("updated", _("Last updated"), sort="updated"),
    Column("source", _("Source"), sort="source", is_default=False),
    Column("type", _("Lead or contact"), sort="type", is_default=False),
    _counter("campaigns", _("# Campaigns")),
    _counter("calls", _("# Calls")),
    _counter("emails", _("# Emails")),
    _counter("views", _("# Views")),
    _counter("clicks", _("# Clicks")),
    _counter("replies", _("# Replies")),
    Column("last_activity_at", _("Last activity"), is_default=False, sort="last_activity_at"),
)


def columns_named(names: Iterable[str]) -> list[Column]:
    """The columns with these names in the order of the list; the usual ones if there are none."""
    wanted = set(names)
    chosen = [column for column in COLUMNS if column.name in wanted]
    return chosen or [column for column in COLUMNS if column.is_default]


def columns_for(*, user: Any, in_address: str) -> list[Column]:
    """The columns a saved view asks for in its address, or else the ones the user chose."""
    if in_address:
        return columns_named(in_address.split(","))
    settings: ListSettings | None = getattr(user, "people_list_settings", None)
    return columns_named(settings.columns if settings else ())


def choose_columns(*, user: Any, names: Iterable[str]) -> None:
    columns = [column.name for column in columns_named(names)]
    ListSettings.objects.update_or_create(user=user, defaults={"columns": columns})
