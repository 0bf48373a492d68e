from django import forms
from django.utils.translation import gettext_lazy as _

from syncing.webhooks.models import Message


class EndpointForm(forms.Form):
    url = forms.URLField(
        label=_("URL"),
        max_length=500,
        assume_scheme="https",
        help_text=_("An https:// address of the other system. It is sent a POST for each event."),
    )


class LogFilterForm(forms.Form):
    """What narrows the log down; what makes no sense is left out."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Any")), *Message.State.choices]
    )
    kind = forms.ChoiceField(
        label=_("Event"), required=False, choices=[("", _("Any")), *Message.Kind.choices]
    )

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
