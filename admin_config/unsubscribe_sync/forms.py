from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from syncing.unsubscribe_sync.models import RunLine, UnsubscribeSync
from syncing.unsubscribe_sync.services import CHOICES


class SyncForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is synced, and when."""

    class Meta:
        model = UnsubscribeSync
        fields = CHOICES
        widgets = {
            "run_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "sales_field": forms.TextInput(
                attrs={"autocomplete": "off", "placeholder": "Sales_Opt_Out__c"}
            ),
        }
        help_texts = {
            "mode": _(
                "Whoever is opted out on one side becomes so on the other. A re-subscribe never"
                " travels: an admin takes an unsubscribe back on both sides at once."
            ),
            "sales_field": _(
                "The API name of a checkbox on leads and contacts. It is ticked besides Email Opt"
                " Out for those who unsubscribed here, so that they can be told from the others."
                " Empty: only Email Opt Out."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        self.fields["time_zone"].widget = forms.Select(choices=names)


class LineFilter(forms.Form):
    """Which lines of a report are shown."""

    kind = forms.ChoiceField(
        label=_("Show"), required=False, choices=[("", _("Everything")), *RunLine.Kind.choices]
    )
