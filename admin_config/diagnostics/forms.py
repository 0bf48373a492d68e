from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.diagnostics.selection import PARKED, WAITING
from syncing.delivery.models import Destination
from syncing.diagnostics.catalogue import Category


class FilterForm(forms.Form):
    destination = forms.ChoiceField(
        label=_("Written to"),
        choices=[("", _("Both")), *Destination.choices],
        required=False,
    )
    category = forms.ChoiceField(
        label=_("Category"), choices=[("", _("Any")), *Category.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Any")), (PARKED, _("Needs a decision")), (WAITING, _("Tried again"))],
        required=False,
    )


class IgnoreForm(forms.Form):
    reason = forms.CharField(
        label=_("Why they may be ignored"),
        max_length=200,
        help_text=_("It stands on each of them, with your name, and in the audit log."),
    )
