"""The rows of the people list as HTML.

Made here and not by a template, whose tags would take most of the time a page takes: the cells are
hundreds, and what each needs is looked up once for its column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from people.columns import Column
from people.hooks import cell_actions
from people.models import Group
from people.rows import owner_in
from people.templatetags.ui import ago

Cell = Callable[[Any], SafeString]


def table_rows(
    people: Iterable[Any], *, columns: Sequence[Column], groups: Iterable[Group]
) -> Iterator[SafeString]:
    """Each of the people, who come from `rows_of`, as a row with these columns.

    The first links to the person. `groups` are those whose names may be shown, in their order.
    """
    names = {group.pk: group.name for group in groups}
    cells = [_name(columns[0]), *(_cell(column, names) for column in columns[1:])]
    select = _("Select")
    for person in people:
        yield format_html(
            '<tr><td class="tick"><input class="form-check-input" type="checkbox" name="person"'
            ' value="{}" aria-label="{} {}"></td>{}</tr>',
            person.pk,
            select,
            person.name,
            SafeString("".join([cell(person) for cell in cells])),
        )


def _name(column: Column) -> Cell:
    def cell(person: Any) -> SafeString:
        url = reverse("people:person", args=[person.pk])
        return format_html(
            '<td class="cell-name"><a href="{url}" hx-get="{url}" hx-target="#panel" data-row'
            ' title="{name}">{text}</a></td>',
            url=url,
            name=person.name,
            text=_first_text(person, column),
        )

    return cell


def _first_text(person: Any, column: Column) -> str:
    """What to click on, which the text of the column is only if there is some."""
    if not column.is_text:
        name: str = person.name
        return name
    text: str = getattr(person, column.name)
    return text or format_html(
        '<span aria-hidden="true">–</span><span class="visually-hidden">{}</span>', person.name
    )


def _cell(column: Column, group_names: Mapping[int, str]) -> Cell:
    if column.name == "email":
        return _email(_("Unsubscribed"))
    if column.is_text:
        return _text(column.name, cell_actions.get(column.name))
    if column.is_counter:
        return _counter(column.name)
    others: dict[str, Cell] = {
        "owner": _owner,
        "groups": _groups(group_names),
        "updated": _updated,
        "last_activity_at": _last_activity,
        "type": _type,
    }
    return others[column.name]


def _email(unsubscribed: str) -> Cell:
    tag = '<span class="tag tag-warning" title="{}">{}</span> '
    link = '<a href="mailto:{}">{}</a>'

    def cell(person: Any) -> SafeString:
        email, since = person.email, person.unsubscribed_at
        return format_html(
            '<td title="{}">{}{}</td>',
            email,
            format_html(tag, date_format(localtime(since), "DATETIME_FORMAT"), unsubscribed)
            if since
            else "",
            format_html(link, quote(email, safe="@+"), email) if email else "",
        )

    return cell


def _text(name: str, action: str | None) -> Cell:
    if not action:
        return lambda person: format_html('<td title="{0}">{0}</td>', getattr(person, name))
    url = reverse(action)

    def cell(person: Any) -> SafeString:
        text = getattr(person, name)
        if not text:
            return SafeString('<td title=""></td>')
        return format_html(
            '<td title="{text}"><a href="{url}" hx-get="{url}" hx-target="#panel">{text}</a></td>',
            url=f"{url}?person={person.pk}",
            text=text,
        )

    return cell


def _counter(name: str) -> Cell:
    def cell(person: Any) -> SafeString:
        engagement = getattr(person, "engagement", None)
        number = getattr(engagement, name) if engagement else 0
        return format_html('<td class="number">{}</td>', intcomma(number))

    return cell


def _groups(names: Mapping[int, str]) -> Cell:
    def cell(person: Any) -> SafeString:
        ids = set(person.group_ids)
        shown = ((name,) for pk, name in names.items() if pk in ids)
        return format_html("<td>{}</td>", format_html_join(", ", "{}", shown))

    return cell


def _owner(person: Any) -> SafeString:
    return format_html('<td title="{}">{}</td>', person.owner_salesforce_id, owner_in(person))


def _updated(person: Any) -> SafeString:
    return format_html("<td>{}</td>", ago(person.updated_at))


def _last_activity(person: Any) -> SafeString:
    engagement = getattr(person, "engagement", None)
    return format_html("<td>{}</td>", ago(engagement.last_activity_at) if engagement else "")


def _type(person: Any) -> SafeString:
    return format_html("<td>{}</td>", person.get_sfdc_type_display())
