from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from activities.calls.selectors import outcomes_on_offer, reasons_on_offer
from people.templatetags.ui import duration

Ask = CallSettings.Ask


class DurationField(forms.CharField):
    """`2:13`, `1:02:13` or minutes; as seconds."""

    default_error_messages = {"unreadable": _("Write it as minutes and seconds: 2:13.")}

    def prepare_value(self, value: Any) -> Any:
        return duration(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,5}(:[0-5]?\d){0,2}", text, re.ASCII):
            raise ValidationError(self.error_messages["unreadable"], code="unreadable")
        parts = [int(part) for part in text.split(":")]
        if len(parts) == 1:
            return parts[0] * 60
        hours, minutes, seconds = [0, *parts][-3:]
        return hours * 3600 + minutes * 60 + seconds


class LogCallForm(forms.Form):
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    phone_number = forms.CharField(label=_("Number"), max_length=64, required=False)
    status = forms.ChoiceField(label=_("How did it go?"), choices=Call.Status.choices)
    outcome = forms.ModelChoiceField(
        label=_("Outcome"), queryset=CallOutcome.objects.none(), required=False, empty_label="–"
    )
    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=CallReason.objects.none(), required=False, empty_label="–"
    )
    called_at = forms.DateTimeField(
        label=_("Started"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    duration_seconds = DurationField(
        label=_("Duration"), required=False, help_text=_("Minutes and seconds: 2:13")
    )
    answered_by = forms.CharField(label=_("Answered by"), max_length=255, required=False)
    recording_url = forms.URLField(
        label=_("Recording"), max_length=1000, required=False, assume_scheme="https"
    )
    notes = forms.CharField(
        label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(
        self, *args: Any, settings: CallSettings, started: Call | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("outcome", outcomes_on_offer(), settings.outcomes)
        self._offer("reason", reasons_on_offer(), settings.reasons)
        if started:
            # Its timer told when, and its address which.
            del self.fields["called_at"], self.fields["key"]
        if started and started.duration_seconds is None:
            # How it went is asked when it is over.
            del self.fields["status"], self.fields["duration_seconds"]
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_select else "form-control"

    def _offer(
        self, name: str, choices: QuerySet[CallOutcome] | QuerySet[CallReason], ask: str
    ) -> None:
        if ask == Ask.OFF:
            del self.fields[name]
            return
        field = self.fields[name]
        field.queryset = choices  # type: ignore[attr-defined]
        field.required = ask == Ask.REQUIRED
