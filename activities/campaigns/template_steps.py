"""Steps keep the text they were given until that of their template is copied anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from activities.campaigns.models import Campaign, Step
from activities.emails.models import Template
from activities.emails.template_offers import Offer, offers

# It answers the email before it, so it has no subject of its own.
_ANSWER = Q(is_follow_up=True, subject="")


def outdated_steps(*, template: Template, user: Any) -> QuerySet[Step]:
    """The steps with another text than their template, in campaigns the user may edit."""
    steps = Step.objects.filter(template=template, kind=Step.Kind.EMAIL, removed_at=None)
    if not user.is_admin:
        steps = steps.filter(campaign__owner=user)
    other_text = ~Q(body_html=template.body_html) | (~_ANSWER & ~Q(subject=template.subject))
    return steps.filter(other_text).select_related("campaign").order_by("campaign__name", "day")


@transaction.atomic
def copy_to_steps(*, template: Template, steps: Iterable[Step], now: datetime) -> int:
    """Give these steps the template's text; emails that are queued already keep theirs."""
    chosen = Step.objects.filter(pk__in=[step.pk for step in steps])
    chosen.exclude(_ANSWER).update(subject=template.subject)
    Campaign.objects.filter(steps__in=chosen).update(updated_at=now)
    return chosen.update(body_html=template.body_html)


def offer_update(template: Template, user: Any) -> Offer | None:
    count = outdated_steps(template=template, user=user).count()
    if not count:
        return None
    label = ngettext(
        "Update the campaign step that uses it",
        "Update the %(count)d campaign steps that use it",
        count,
    )
    url = reverse("campaigns:template-steps", args=[template.pk])
    return Offer(label % {"count": count}, url)


offers.append(offer_update)
