from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from syncing.salesforce_settings.models import SalesforceSettings, UserSalesforceSettings
from syncing.salesforce_settings.services import WORKSPACE_DEFAULTS

OWN_CHOICES = (("", _("As the workspace")), ("true", _("Yes")), ("false", _("No")))

# Title and settings of each; the template of subjects has a card of its own.
CARDS = (
    (_("Emails"), ("email_logging",)),
    (
        _("Records"),
        ("records", "duplicates", "no_match", "logs_to_account", "logs_to_opportunities"),
    ),
    (_("Replies, opens and clicks"), ("log_replies", "engagement")),
    (_("Calls"), ("log_calls",)),
    (_("Most recent activity"), ("writes_most_recent",)),
    (_("Reminders"), ("skipped_reminder",)),
    (_("Team"), ("is_enforced",)),
)


class SyncSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """All cards of the page at once; the sync of reminders has a page of its own."""

    class Meta:
        model = SalesforceSettings
        fields = [*(name for _title, names in CARDS for name in names), "subject_template"]
        widgets = {
            "subject_template": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        help_texts = {
            "email_logging": _(
                "Either, not both. A copy needs each user's Email-to-Salesforce address, and sets"
                " neither subject nor fields."
            ),
            "records": _("By the Salesforce ID of the person, then by the address."),
            "engagement": _("Of emails that are logged by the API."),
            "log_replies": _("Each as its own task: “Reply: ” and the subject of the email."),
            "writes_most_recent": _(
                "In Actions_Last_Activity__c and Actions_Last_Activity_At__c of leads and contacts,"
                " where they have these fields."
            ),
            "skipped_reminder": _(
                "Where reminders are synced, which begins on the page Reminders."
            ),
            "is_enforced": _("Without it users may choose otherwise in My Salesforce."),
            "subject_template": _("Of emails and calls; empty: the activity's own subject."),
        }

    def cards(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The title and the fields of each card."""
        return [(title, [self[name] for name in names]) for title, names in CARDS]


class OwnSyncForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a user may choose otherwise."""

    class Meta:
        model = UserSalesforceSettings
        fields = [*WORKSPACE_DEFAULTS, "bcc_address"]
        help_texts = {
            "bcc_address": _("From Salesforce › Settings › My Email to Salesforce."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email_logging = self.fields["email_logging"]
        choices = email_logging.choices[1:]  # type: ignore[attr-defined]
        email_logging.choices = [OWN_CHOICES[0], *choices]  # type: ignore[attr-defined]
        for name in ("log_replies", "log_calls", "sync_reminders"):
            self.fields[name].widget = forms.NullBooleanSelect()
            self.fields[name].widget.choices = OWN_CHOICES
