from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.models import Team, User


class TeamNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)


class MembersForm(forms.Form):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["members"] = team.members.all()
        choices = User.objects.filter(is_active=True) | User.objects.filter(teams=team)
        self.fields["members"].queryset = choices.distinct().order_by(  # type: ignore[attr-defined]
            "first_name", "last_name", "email"
        )
