"""Small pieces of markup every page uses."""

from datetime import datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers: the text beside it speaks."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """A relative time with the exact one, in the user's time zone, on hover."""
    if moment is None:
        return "–"
    local = localtime(moment)
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>',
        local.isoformat(),
        date_format(local, "DATETIME_FORMAT"),
        local.tzname(),
        naturaltime(moment),
    )


@register.simple_tag
def duration(seconds: int) -> str:
    """`2:13`, or `1:02:13` from an hour on."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
