from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from activities.calls.models import Call, CallOutcome


class CallFilterForm(forms.Form):
    """What narrows the list of calls down; what makes no sense is left out."""

    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any")), *Call.Status.choices]
    )
    outcome = forms.ModelChoiceField(
        label=_("Outcome"), queryset=CallOutcome.objects.all(), required=False, empty_label=_("Any")
    )
    since = forms.DateField(
        label=_("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    caller: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Made by"), queryset=None, required=False, empty_label=_("Everybody")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].queryset = CallOutcome.objects.order_by("position", "pk")  # type: ignore[attr-defined]
        if user.is_admin:
            callers = get_user_model().objects.order_by("first_name", "last_name", "email")
            self.fields["caller"].queryset = callers  # type: ignore[attr-defined]
        else:
            del self.fields["caller"]
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_select else "form-control"

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        lookups = {"since": "called_at__date__gte"}
        wanted = {lookups.get(name, name): value for name, value in self.chosen.items()}
        return calls.filter(**wanted)
