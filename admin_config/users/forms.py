from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.fields import TimeZoneField
from admin_config.models import Team, User


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = TimeZoneField()
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.filter(is_everyone=False).order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Everybody is in Everyone."),
    )

    class Meta:
        model = User
        fields = [
            "first_name",
            "last_name",
            "role",
            "salesforce_user_id",
            "language",
            "time_zone",
            "teams",
        ]
        help_texts = {
            "salesforce_user_id": _(
                "Decides whose contacts are “My Contacts”. It starts with 005; in Salesforce it is "
                "part of the address of the user's page."
            )
        }

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "teams"}
