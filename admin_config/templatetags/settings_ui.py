"""Form controls in the frame's style, and the audit log in words."""

from datetime import timedelta
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from admin_config.audit import Action
from admin_config.audit_log import describe
from admin_config.fields import RichText
from admin_config.invitations.mail import is_mail_configured
from syncing.models import SyncRun

register = template.Library()

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    # Checkboxes among several, too.
    (forms.RadioSelect, "choices"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's widget, with the class its kind needs and marked when it is wrong.

    The page begins at the first that is.
    """
    widget = field.field.widget
    name = next(css for kind, css in CLASSES if isinstance(widget, kind))
    attrs: dict[str, str | bool] = {}
    if field.errors:
        name += " is-invalid"
        attrs["autofocus"] = field.name == next(iter(field.form.errors))
    attrs["class"] = f"{widget.attrs.get('class', '')} {name}".strip()
    return field.as_widget(attrs=attrs)


@register.filter
def is_group(field: BoundField) -> bool:
    """Several controls under one name: they need a fieldset, not a label."""
    return isinstance(field.field.widget, forms.RadioSelect)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_rich_text(field: BoundField) -> bool:
    return isinstance(field.field.widget, RichText)


@register.filter
def described(details: dict[str, Any]) -> list[tuple[str, str]]:
    return describe(details)


@register.filter
def action_label(action: str) -> str | Promise:
    return Action(action).label


@register.simple_tag
def mail_is_configured() -> bool:
    return is_mail_configured()


@register.filter
def run_name(run: Any) -> str:
    """What a run of `recent_runs` is called: everybody is read for the first time only once."""
    if run.kind == SyncRun.Kind.INITIAL and run.is_again:
        return _("Full sync")
    return str(run.get_kind_display())


@register.filter
def duration(length: timedelta | None) -> str:
    """The two largest units of a length of time: 2 h 5 min, 4 min 10 s, 12 s."""
    if length is None:
        return "–"
    seconds = round(length.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)d s") % {"seconds": seconds}
