from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from activities.reminders.assigning import possible_assignees
from activities.reminders.due import Due
from activities.reminders.models import Reminder
from people.models import Person


def _in_bootstrap(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        is_select = isinstance(field.widget, forms.Select)
        field.widget.attrs["class"] = "form-select" if is_select else "form-control"


def _by_name(users: QuerySet[Any]) -> QuerySet[Any]:
    return users.order_by("first_name", "last_name", "email")


class ReminderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Reminder
        fields = ("kind", "subject", "due_at", "priority", "notes")
        widgets = {
            "subject": forms.TextInput(attrs={"autofocus": True}),
            "due_at": forms.DateTimeInput(
                attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"
            ),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }

    owner: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Assignee"), queryset=None, empty_label=None
    )
    key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, person: Person | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assignees = possible_assignees(person=person, by=user)
        if assignees.exclude(pk=user.pk).exists():
            self.fields["owner"].queryset = _by_name(assignees)  # type: ignore[attr-defined]
            self.initial["owner"] = user
        else:
            del self.fields["owner"]
        if self.instance.pk:
            del self.fields["key"]
            for field in self.fields.values():
                # Somebody else may edit it, too, while the form is open.
                field.show_hidden_initial = True
        _in_bootstrap(self)

    @property
    def edited(self) -> dict[str, Any]:
        """The fields that are not as the form showed them."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class ReminderFilterForm(forms.Form):
    """What narrows the list of reminders down; what makes no sense is left out."""

    due = forms.ChoiceField(label=_("Due"), required=False, choices=[("", _("All")), *Due.choices])
    kind = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("Any")), *Reminder.Kind.choices]
    )
    owner: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Owner"), queryset=None, required=False, empty_label=_("Me")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.is_admin:
            others = get_user_model().objects.exclude(pk=user.pk)
            self.fields["owner"].queryset = _by_name(others)  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]
        _in_bootstrap(self)

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
