from __future__ import annotations

from typing import Any

from django import forms
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from activities.emails.fields import unknown_fields
from activities.emails.models import Template, TemplateCategory
from activities.emails.template_selectors import View

CLASSES: dict[type, str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
}


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=TemplateCategory.objects.none(), required=False
    )
    new_category = forms.CharField(
        label=_("or a new category"), max_length=100, required=False, strip=True
    )
    # When the template was read: what somebody else stores since is not overwritten.
    seen_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Template
        fields = ["name", "subject", "body_html", "notes", "is_non_commercial", "teams"]
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True}),
            "notes": forms.Textarea(attrs={"rows": 2}),
            "teams": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "notes": _("For your team: when to use it. Never sent."),
            "is_non_commercial": _(
                "For emails about an existing relation, such as an invoice. They go to people who"
                " unsubscribed as well, without the unsubscribe message."
            ),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = TemplateCategory.objects.order_by(Lower("name"))
        self.fields["category"].queryset = categories  # type: ignore[attr-defined]
        self.fields["category"].empty_label = _("Choose …")  # type: ignore[attr-defined]
        # A team the owner has left stays until it is taken off the list.
        teams = user.teams.all()
        if self.instance.pk:
            self.initial["category"] = self.instance.category_id
            self.initial["seen_at"] = self.instance.updated_at.isoformat()
            teams = (teams | self.instance.teams.all()).distinct()
        self.fields["teams"].queryset = teams.order_by("name")  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", CLASSES.get(type(field.widget), "form-control"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not values.get("category") and not values.get("new_category"):
            self.add_error("category", _("Choose a category, or name a new one."))
        for name in ("subject", "body_html"):
            unknown = unknown_fields(values.get(name, ""))
            if unknown:
                names = ", ".join(f"{{{{{field}}}}}" for field in unknown)
                self.add_error(name, _("There is no dynamic field %(names)s.") % {"names": names})
        return values


class TemplateFilterForm(forms.Form):
    view = forms.ChoiceField(label=_("Show"), choices=View.choices, required=False)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=TemplateCategory.objects.none(), required=False
    )
    q = forms.CharField(label=_("Search templates"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = TemplateCategory.objects.order_by(Lower("name"))
        self.fields["category"].queryset = categories  # type: ignore[attr-defined]
        self.fields["category"].empty_label = _("All categories")  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = CLASSES.get(type(field.widget), "form-control")


class CategoryForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"class": "form-control"})
    )
