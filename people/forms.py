from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Group, Person
from people.owners import owners_to_choose, sources_to_choose

CLASSES: dict[type, str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
}
YES_OR_NO = (("", _("Any")), ("true", _("Yes")), ("false", _("No")))


class FilterForm(forms.Form):
    """What the filters panel offers; the list itself reads the address."""

    company = forms.CharField(label=_("Company"), required=False)
    title = forms.CharField(label=_("Title"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    type = forms.ChoiceField(
        label=_("Lead or contact"),
        required=False,
        choices=[("", _("Any")), *Person.SfdcType.choices],
    )
    has_email = forms.ChoiceField(label=_("Has email"), required=False, choices=YES_OR_NO)
    has_phone = forms.ChoiceField(label=_("Has phone"), required=False, choices=YES_OR_NO)
    unsubscribed = forms.ChoiceField(label=_("Unsubscribed"), required=False, choices=YES_OR_NO)
    updated_since = forms.DateField(
        label=_("Updated since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    duplicates = forms.BooleanField(
        label=_("Only people who share their email address with others"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "true"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("owner", [(owner.salesforce_id, str(owner)) for owner in owners_to_choose()])
        self._choose("source", [(source, source) for source in sources_to_choose()])
        for field in self.fields.values():
            field.widget.attrs["class"] = CLASSES.get(type(field.widget), "form-control")

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Offer these, and keep what the address already has."""
        current = self.initial.get(name, "")
        if current and current not in dict(choices):
            choices.append((current, current))
        self.fields[name].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "autofocus": True}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "autofocus": True}),
    )

    def __init__(self, *args: Any, is_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required


class GroupForm(NameForm):
    teams: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label=_("Shared with"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: Any, group: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A team the owner has left stays until it is taken off the list.
        teams = user.teams.all()
        if group:
            teams = (teams | group.teams.all()).distinct()
        self.fields["teams"].queryset = teams.order_by("name")  # type: ignore[attr-defined]
