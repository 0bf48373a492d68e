from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from activities.reminders.models import Reminder


def _in_bootstrap(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        is_select = isinstance(field.widget, forms.Select)
        field.widget.attrs["class"] = "form-select" if is_select else "form-control"


class ReminderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Reminder
        fields = ("kind", "subject", "due_at", "priority", "notes")
        widgets = {
            "due_at": forms.DateTimeInput(
                attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"
            ),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_bootstrap(self)


class ReminderFilterForm(forms.Form):
    """What narrows the list of reminders down; what makes no sense is left out."""

    kind = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("Any")), *Reminder.Kind.choices]
    )
    owner: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Owner"), queryset=None, required=False, empty_label=_("Me")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.is_admin:
            owners = get_user_model().objects.exclude(pk=user.pk)
            by_name = owners.order_by("first_name", "last_name", "email")
            self.fields["owner"].queryset = by_name  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]
        _in_bootstrap(self)

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
