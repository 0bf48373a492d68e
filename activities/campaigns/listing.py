"""The list of campaigns: what is looked for, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from activities.campaigns.models import Campaign
from activities.campaigns.selectors import visible_campaigns
from people.selection import is_id

MAX_WORDS = 200


class View(models.TextChoices):
    ALL = "all", _("All campaigns")
    MINE = "mine", _("My campaigns")
    TEAM = "team", _("Team campaigns")
    ARCHIVED = "archived", _("Archived")


@dataclass(frozen=True)
class Filters:
    view: View = View.ALL
    q: str = ""
    # View as: an admin sees what this user owns.
    owner: int | None = None

    @classmethod
    def parse(cls, data: QueryDict) -> Filters:
        """Read an address; what makes no sense is left out."""
        view, owner = data.get("view", ""), data.get("owner", "")
        return cls(
            view=View(view) if view in View.values else View.ALL,
            q=data.get("q", "").replace("\0", "")[:MAX_WORDS],
            owner=int(owner) if is_id(owner) else None,
        )

    @property
    def views(self) -> list[tuple[str, Any]]:
        return list(View.choices)

    @property
    def is_narrowed(self) -> bool:
        return self != Filters()


def find_campaigns(*, user: Any, filters: Filters) -> QuerySet[Campaign]:
    """By category and name. Each tells `is_shared`."""
    shared = Campaign.teams.through.objects.filter(campaign=OuterRef("pk"))
    campaigns = visible_campaigns(user=user).annotate(is_shared=Exists(shared))
    campaigns = campaigns.filter(archived_at__isnull=filters.view is not View.ARCHIVED)
    if filters.view is View.MINE:
        campaigns = campaigns.filter(owner=user)
    elif filters.view is View.TEAM:
        campaigns = campaigns.filter(is_shared=True)
    if filters.owner and user.is_admin:
        campaigns = campaigns.filter(owner=filters.owner)
    for word in filters.q.split():
        campaigns = campaigns.filter(name__icontains=word)
    return campaigns.select_related("owner", "category").order_by(
        Lower("category__name"), "category", Lower("name"), "pk"
    )


def owners(*, user: Any) -> QuerySet[Any]:
    """Whom an admin may view the list as: whoever owns campaigns."""
    users = get_user_model().objects
    if not user.is_admin:
        return users.none()
    return users.filter(campaigns__isnull=False).distinct().order_by("first_name", "last_name")
