"""Which activities have a task of their own; the others change the task of their email."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from activities.models import Activity
from syncing.delivery.models import Delivery
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.salesforce_settings.services import choices_for

Kind = Activity.Kind
Engagement = SalesforceSettings.Engagement


def split(
    deliveries: Sequence[Delivery], settings: SalesforceSettings
) -> tuple[list[Delivery], list[Delivery]]:
    """Those with a task of their own, and those that change one."""
    firsts: set[UUID] = set()
    if settings.engagement == Engagement.OWN_TASK:
        firsts = _firsts({one.activity.about_id for one in deliveries})
    replies = {
        one.activity.actor_id for one in deliveries if one.activity.kind == Kind.EMAIL_REPLIED
    }
    choices = choices_for(replies) if replies else {}
    own: list[Delivery] = []
    changing: list[Delivery] = []
    for one in deliveries:
        match one.activity.kind:
            case Kind.EMAIL_SENT | Kind.CALL_RECEIVED:
                has_own = True
            case Kind.EMAIL_REPLIED:
                has_own = choices[one.activity.actor_id].log_replies
            case _:
                has_own = one.activity_id in firsts
        (own if has_own else changing).append(one)
    return own, changing


def _firsts(emails: Collection[int]) -> set[UUID]:
    """The first open and the first click of each email."""
    about = Activity.objects.filter(
        about_type=Activity.About.EMAIL,
        about_id__in=emails,
        kind__in=(Kind.EMAIL_OPENED, Kind.EMAIL_CLICKED),
    )
    ordered = about.order_by("about_id", "kind", "occurred_at", "uuid")
    return set(ordered.distinct("about_id", "kind").values_list("uuid", flat=True))
