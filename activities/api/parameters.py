from __future__ import annotations

from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.models import Activity
from people.api.parameters import IdField, MomentField
from people.paging import MAX_ID


class ActivitiesParameters(PageParameters):
    person = IdField(
        required=False,
        min_value=1,
        max_value=MAX_ID,
        help_text="With the person of this `id`, and with whoever was merged into them.",
    )
    kind = serializers.ChoiceField(
        required=False, choices=[kind.lower() for kind in Activity.Kind.values], help_text="Kind"
    )
    actor = serializers.CharField(
        required=False, max_length=254, help_text="Of the seller with this e-mail address."
    )
    since = MomentField(
        required=False, help_text="That occurred then or later. ISO 8601; UTC without an offset."
    )
