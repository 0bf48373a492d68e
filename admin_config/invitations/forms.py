from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from admin_config.fields import TimeZoneField
from admin_config.models import Team, User


class AddressesField(forms.CharField):
    """Several email addresses, separated by commas, semicolons, blanks or new lines."""

    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        text = super().to_python(value) or ""
        return text.replace(",", " ").replace(";", " ").split()

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        for address in value:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(
                    _("%(address)s is not an email address."), params={"address": address}
                ) from error


class InviteForm(forms.Form):
    emails = AddressesField(
        label=_("Email addresses"), help_text=_("One or more, separated by commas or new lines.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=User.Role.choices, initial=User.Role.USER)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.filter(is_everyone=False).order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Everybody is in Everyone."),
    )


class AcceptForm(forms.Form):
    first_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    time_zone = TimeZoneField(widget=forms.Select(attrs={"data-guess-time-zone": True}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html(),
    )
    password_again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, has_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        if not has_password:
            del self.fields["password"], self.fields["password_again"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        password = values.get("password")
        if not password:
            return values
        if password != values.get("password_again"):
            self.add_error("password_again", _("The two passwords differ."))
        user = User(
            email=self.email,
            first_name=values.get("first_name", ""),
            last_name=values.get("last_name", ""),
        )
        try:
            password_validation.validate_password(password, user)
        except forms.ValidationError as error:
            self.add_error("password", error)
        return values
