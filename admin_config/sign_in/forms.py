from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.sign_in.policy import Policy


class PolicyForm(forms.Form):
    """Only who has just signed in with Salesforce may make it the only way."""

    policy = forms.ChoiceField(
        label=_("Users sign in by"), choices=Policy.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, is_proven: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_proven = is_proven

    def clean_policy(self) -> str:
        policy: str = self.cleaned_data["policy"]
        is_change = policy != self.initial["policy"]
        if policy == Policy.SALESFORCE_ONLY and is_change and not self._is_proven:
            raise forms.ValidationError(
                _("Sign in with Salesforce yourself first, so that it is sure to let you in.")
            )
        return policy
