from django import forms
from django.utils.translation import gettext_lazy as _

from syncing.reminder_sync.models import ReminderSync

Window = ReminderSync.Window


class BeginForm(forms.Form):
    """How far back tasks are imported, and whether what exists here is sent."""

    window = forms.TypedChoiceField(
        label=_("Import from Salesforce"), choices=Window.choices, initial=Window.DAY, coerce=int
    )
    sends_existing = forms.BooleanField(
        label=_("Send the open reminders that exist here, too"), required=False
    )
