from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.fields import SecretField
from admin_config.sign_in.policy import is_salesforce_only
from syncing.errors import Misconfigured
from syncing.salesforce import PRODUCTION_LOGIN, SANDBOX_LOGIN, origin_of
from syncing.salesforce_connections.models import SalesforceOrg
from syncing.salesforce_connections.selectors import connections

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
    everybody_reconnects = forms.BooleanField(
        label=_("With another app or address everybody who is connected has to connect again"),
        required=False,
    )

    def __init__(self, *args: Any, org: SalesforceOrg | None = None, **kwargs: Any) -> None:
        if org:
            is_shared = org.login_url in {PRODUCTION_LOGIN, SANDBOX_LOGIN}
            kwargs["initial"] = {
                "login": org.login_url if is_shared else MY_DOMAIN,
                "my_domain": "" if is_shared else org.login_url,
                "client_id": org.client_id,
            }
        super().__init__(*args, **kwargs)
        self._org = org
        if not connections().exists():
            del self.fields["everybody_reconnects"]
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
        cleaned["login_url"] = login
        if self._org and (login, cleaned.get("client_id")) != (
            self._org.login_url,
            self._org.client_id,
        ):
            self._check_other_app(cleaned)
        return cleaned

    def _check_other_app(self, cleaned: dict[str, Any]) -> None:
        if is_salesforce_only():
            self.add_error(
                None, _("Users sign in with Salesforce only. Let them in by other ways first.")
            )
        if not cleaned.get("client_secret"):
            self.add_error("client_secret", _("Enter the secret of the other app."))
        if not cleaned.get("everybody_reconnects", True):
            self.add_error("everybody_reconnects", _("Tick this to go on."))


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
