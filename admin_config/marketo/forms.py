import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.fields import SecretField
from syncing.models import MarketoConnection, PeopleOrigin

MUNCHKIN_ID = re.compile(r"\d{3}-[A-Z]{3}-\d{3}", re.IGNORECASE)
# Lead fields that can hold an address; a date or a number can't.
TEXT_TYPES = {"string", "text", "url"}


class ConnectForm(forms.Form):
    base_url = forms.CharField(
        label=_("Munchkin ID or base URL"),
        help_text=_(
            "Like 123-ABC-456 (Marketo › Admin › Munchkin), or the REST endpoint of "
            "Marketo › Admin › Web Services."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label=_("Client ID"),
        help_text=_("Marketo › Admin › LaunchPoint › View Details of the API-only service."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = SecretField(label=_("Client secret"))
    delete_people = forms.BooleanField(
        label=_("If this is another Marketo, delete the people of the former one"),
        help_text=_("Their history goes with them, and their places in groups."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not PeopleOrigin.objects.exists():
            del self.fields["delete_people"]

    def clean_base_url(self) -> str:
        value: str = self.cleaned_data["base_url"]
        if MUNCHKIN_ID.fullmatch(value):
            return f"https://{value.lower()}.mktorest.com"
        if "://" not in value:
            raise forms.ValidationError(
                _(
                    "Enter a Munchkin ID like 123-ABC-456, or an address that starts with https://"
                    " as https://123-ABC-456.mktorest.com does."
                )
            )
        return value


class SecretForm(forms.Form):
    client_secret = SecretField(label=_("New client secret"))


class OptionsForm(forms.ModelForm):  # type: ignore[type-arg]
    linkedin_field = forms.ChoiceField(
        label=_("LinkedIn field"),
        required=False,
        help_text=_("Which Marketo field holds the address of a person's LinkedIn profile."),
    )

    class Meta:
        model = MarketoConnection
        fields = ["smart_list_id", "linkedin_field", "daily_call_cap", "cycle_seconds"]
        help_texts = {
            "smart_list_id": _(
                "Optional: a Marketo smart list of everybody with a sales owner. "
                "The first sync then reads that list only."
            ),
            "daily_call_cap": _(
                "Background work stops at 80 % of it. Resets at midnight US Central."
            ),
            "cycle_seconds": _("How often changes are fetched: every 10 to 3,600 seconds."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.instance.described_fields.items()
        names = {name: about["label"] for name, about in fields if about["data_type"] in TEXT_TYPES}
        chosen = self.instance.linkedin_field
        names.setdefault(chosen, _("not in this Marketo"))
        choices = [(name, f"{label} ({name})") for name, label in sorted(names.items()) if name]
        self.fields["linkedin_field"].choices = [("", _("None")), *choices]  # type: ignore[attr-defined]
