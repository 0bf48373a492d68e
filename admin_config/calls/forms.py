from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from activities.calls.models import CallOutcome, CallReason, CallSettings
from activities.calls.providers import provider_choices


def _regions() -> list[tuple[str, str]]:
    return [
        (region, f"{region} (+{phonenumbers.country_code_for_region(region)})")
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    ]


class CallOptionsForm(forms.ModelForm):  # type: ignore[type-arg]
    default_region = forms.ChoiceField(
        label=_("Country of numbers"),
        choices=_regions,
        help_text=_("Where numbers without a prefix belong."),
    )
    provider = forms.ChoiceField(
        label=_("How calls are made"), choices=provider_choices, required=False
    )

    class Meta:
        model = CallSettings
        fields = ("outcomes", "reasons", "default_region", "provider")


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model: Any = CallReason
        fields: Any = ("name",)


class OutcomeForm(forms.ModelForm):  # type: ignore[type-arg]
    is_answered = forms.BooleanField(
        label=_("Type"),
        required=False,
        widget=forms.Select(choices=[(True, _("Answered")), (False, _("Not answered"))]),
    )

    class Meta:
        model = CallOutcome
        fields = ("name", "is_answered")
