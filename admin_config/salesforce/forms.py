from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.fields import SecretField
from syncing.errors import Misconfigured
from syncing.salesforce import PRODUCTION_LOGIN, SANDBOX_LOGIN, origin_of
from syncing.salesforce_connections.models import SalesforceOrg

MY_DOMAIN = "MY_DOMAIN"
LOGINS = (
    (PRODUCTION_LOGIN, _("Production (login.salesforce.com)")),
    (SANDBOX_LOGIN, _("Sandbox (test.salesforce.com)")),
    (MY_DOMAIN, _("The org's own address (My Domain)")),
)


class AppForm(forms.Form):
    """The app, and where its users sign in. Without a new secret the stored one stays."""

    login = forms.ChoiceField(label=_("Users sign in at"), choices=LOGINS)
    my_domain = forms.CharField(
        label=_("My Domain"),
        required=False,
        help_text=_("Like https://acme.my.salesforce.com; client credentials need it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label=_("Consumer key"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = SecretField(label=_("Consumer secret"))

    def __init__(self, *args: Any, org: SalesforceOrg | None = None, **kwargs: Any) -> None:
        if org:
            is_shared = org.login_url in {PRODUCTION_LOGIN, SANDBOX_LOGIN}
            kwargs["initial"] = {
                "login": org.login_url if is_shared else MY_DOMAIN,
                "my_domain": "" if is_shared else org.login_url,
                "client_id": org.client_id,
            }
        super().__init__(*args, **kwargs)
        if org:
            secret = self.fields["client_secret"]
            secret.required = False
            secret.help_text = _("Stored encrypted, never shown. Leave empty to keep it.")

    def clean(self) -> dict[str, Any]:
        """Adds `login_url`, which is what the choice and the address come to."""
        cleaned = super().clean() or {}
        login = cleaned.get("login")
        try:
            if login == MY_DOMAIN:
                login = origin_of(cleaned.get("my_domain", ""), setting="my_domain")
        except Misconfigured as error:
            self.add_error("my_domain", error.message)
        return {**cleaned, "login_url": login}


class OptionsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SalesforceOrg
        fields = ["daily_call_cap"]
        help_texts = {
            "daily_call_cap": _(
                "Our own calls in 24 hours; without one the org's limit counts alone. At 80 %"
                " what can wait stops, at 95 % everything but unsubscribes."
            ),
        }
