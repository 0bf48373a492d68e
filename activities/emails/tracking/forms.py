"""Why a reader wants no more emails."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Why(models.TextChoices):
    TOO_MANY = "TOO_MANY", _("I get too many emails")
    NOT_FOR_ME = "NOT_FOR_ME", _("They are not about my work")
    NEVER_ASKED = "NEVER_ASKED", _("I never asked for them")
    LEFT = "LEFT", _("I changed jobs")
    OTHER = "OTHER", _("Something else")


class UnsubscribeForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why?"),
        choices=Why.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    words = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=300,
        help_text=_("At most 300 characters"),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )

    @property
    def reason(self) -> str:
        """What is kept, for the people of the workspace: in its language, not the reader's."""
        why, words = self.cleaned_data.get("why", ""), self.cleaned_data.get("words", "")
        with translation.override(settings.LANGUAGE_CODE):
            label = str(Why(why).label) if why else ""
        return ": ".join(part for part in (label, words) if part)
