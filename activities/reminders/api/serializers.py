"""The shapes of reminders in the API: for its schema, and what is sent to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.api.schema import PageSerializer
from activities.reminders.api.representation import STATUSES
from activities.reminders.models import Reminder
from people.api.parameters import NO_NUL, IdField, MomentField
from people.api.serializers import BigIntegerField
from people.paging import MAX_ID

TYPES = [kind.lower() for kind in Reminder.Kind.values]
# Low comes from Salesforce only.
PRIORITIES = ["high", "normal"]
ALL_PRIORITIES = [*PRIORITIES, "low"]
MAX_DETAILS = 32_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class DueField(MomentField):
    default_error_messages = {"far": _("Give a date between 2000 and 2099.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        moment = super().enforce_timezone(value)
        if not EARLIEST <= moment < LATEST:
            self.fail("far")
        return moment


class RemindersParameters(PageParameters):
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="About the person of this `id`"
    )
    status = serializers.ChoiceField(
        required=False, choices=list(STATUSES.values()), help_text="That stand like this"
    )
    assignee = serializers.EmailField(required=False, help_text="Of this user")


class NewReminderSerializer(serializers.Serializer[Any]):
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="The `id` of whom it is about"
    )
    name = serializers.RegexField(
        NO_NUL, min_length=1, max_length=255, help_text="What there is to do"
    )
    type = serializers.ChoiceField(choices=TYPES, default="custom", help_text="How it is done")
    priority = serializers.ChoiceField(choices=PRIORITIES, default="normal")
    due_at = DueField(help_text="ISO 8601; UTC without an offset.")
    details = serializers.RegexField(NO_NUL, default="", allow_blank=True, max_length=MAX_DETAILS)
    assignee = serializers.EmailField(
        required=False,
        help_text="Who is to do it: you, unless it is given. A teammate, if the person is in a"
        " group that you both see.",
    )


class ReminderChangesSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    name = serializers.RegexField(NO_NUL, required=False, min_length=1, max_length=255)
    type = serializers.ChoiceField(required=False, choices=TYPES)
    status = serializers.ChoiceField(
        required=False, choices=["open", "complete"], help_text="`open` brings it back"
    )
    priority = serializers.ChoiceField(required=False, choices=PRIORITIES)
    due_at = DueField(required=False)
    details = serializers.RegexField(
        NO_NUL, required=False, allow_blank=True, max_length=MAX_DETAILS
    )
    assignee = serializers.EmailField(
        required=False, help_text="Whoever else gets it then sees it instead of you."
    )


class ReminderSerializer(serializers.Serializer[Reminder]):
    id = BigIntegerField(help_text="The reminder. Never changes.")
    person = BigIntegerField(allow_null=True, help_text="The `id` of whom it is about")
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=TYPES)
    status = serializers.ChoiceField(choices=list(STATUSES.values()))
    priority = serializers.ChoiceField(choices=ALL_PRIORITIES)
    due_at = serializers.DateTimeField()
    details = serializers.CharField(allow_null=True)
    assignee = serializers.EmailField(help_text="Who is to do it")
    campaign = serializers.CharField(
        allow_null=True, help_text="The name of the campaign whose step it is"
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was completed or skipped"
    )


class RemindersPageSerializer(PageSerializer):
    results = ReminderSerializer(many=True)
