from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.emails.models import DeliveryChannel, EmailSettings, SenderIdentity
from admin_config.fields import RichText, SecretField


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SenderIdentity
        fields = ["name", "address", "signature_html"]
        widgets = {"signature_html": RichText}
        help_texts = {
            "address": _("A link is mailed to it: only you can write as yourself."),
            "signature_html": _(
                "Goes below each email, or where {{my_signature}} stands in its text."
            ),
        }


class IdentityEditForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta(IdentityForm.Meta):
        fields = ["name", "signature_html"]


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A secret is never shown: left empty, the stored one stays."""

    smtp_password = SecretField(label=_("SMTP password"), required=False)
    imap_password = SecretField(label=_("IMAP password"), required=False)

    class Meta:
        model = DeliveryChannel
        fields = [
            "smtp_host",
            "smtp_port",
            "smtp_security",
            "smtp_user",
            "smtp_password",
            "imap_host",
            "imap_port",
            "imap_security",
            "imap_user",
            "imap_password",
            "imap_folder",
            "has_verp",
            "throttle_emails",
            "throttle_seconds",
        ]
        help_texts = {
            "imap_host": _("Without it, replies and bounces are not seen."),
            "has_verp": _(
                "The server lets the return path vary, so that each bounce names its email."
                " Leave it off if you are not sure."
            ),
            "throttle_emails": _("At most so many emails go out at a time; 0 is no limit."),
            "throttle_seconds": _("Then it waits for so many seconds."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.smtp_password:
            self.fields["smtp_password"].help_text = _("Leave it empty to keep the stored one.")
        if self.instance.imap_password:
            self.fields["imap_password"].help_text = _("Leave it empty to keep the stored one.")

    @property
    def given(self) -> dict[str, Any]:
        """What `save_channel` takes: a secret only if one was typed."""
        secrets = ("smtp_password", "imap_password")
        values = self.cleaned_data.items()
        return {name: value for name, value in values if value or name not in secrets}


class OwnMessageForm(forms.Form):
    unsubscribe_message_html = forms.CharField(
        label=_("Your unsubscribe message"),
        required=False,
        widget=RichText,
        help_text=_("Its first link leads to the unsubscribe page. Empty: the team's message."),
    )


class DailyCapForm(forms.ModelForm):  # type: ignore[type-arg]
    daily_cap = forms.IntegerField(
        label=_("Emails a user a day"),
        min_value=1,
        max_value=1_000,
        help_text=_("What is over it waits for the next day of the seller."),
    )

    class Meta:
        model = EmailSettings
        fields = ["daily_cap"]


class DomainForm(forms.Form):
    domain = forms.CharField(
        label=_("Domain"),
        max_length=255,
        help_text=_("As competitor.com. The domains below it are blocked with it."),
    )


class MessagingForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = EmailSettings
        fields = [
            "appends_unsubscribe_message",
            "unsubscribe_message_html",
            "users_write_own_message",
        ]
        widgets = {"unsubscribe_message_html": RichText}
        labels = {
            "appends_unsubscribe_message": _("Append the unsubscribe message to every email"),
            "unsubscribe_message_html": _("Unsubscribe message"),
            "users_write_own_message": _("Each user may write their own message"),
        }
        help_texts = {
            "appends_unsubscribe_message": _(
                "Unless {{team_unsubscribe}} stands in the text: then it goes there."
                " Non-commercial templates go without it."
            ),
            "unsubscribe_message_html": _(
                "Its first link leads to the unsubscribe page, whatever address is in it."
            ),
        }

    def clean_unsubscribe_message_html(self) -> str:
        html: str = self.cleaned_data["unsubscribe_message_html"]
        if "<a " not in html.lower():
            raise forms.ValidationError(
                _("Make a part of the message a link: it leads to the unsubscribe page.")
            )
        return html


class TrackingForm(forms.ModelForm):  # type: ignore[type-arg]
    tracking_url = forms.URLField(
        label=_("Tracking address"),
        required=False,
        assume_scheme="https",
        help_text=_("As https://go.example.com. Empty: the address of this workspace."),
    )

    class Meta:
        model = EmailSettings
        fields = ["tracking_url"]

    def clean_tracking_url(self) -> str:
        url: str = self.cleaned_data["tracking_url"].rstrip("/")
        if url.count("/") > len("//"):
            raise forms.ValidationError(_("Only scheme and host, without a path."))
        return url
