"""Which templates a user sees, and how they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from activities.emails.models import Email, Template, TemplateCategory, UserEmailSettings

UNUSED_FOR = timedelta(days=90)
# More is not read on one page: the search is for that.
MAX_LISTED = 200


class View(models.TextChoices):
    ALL = "all", _("All templates")
    MINE = "mine", _("My templates")
    FAVORITES = "favorites", _("Favorites")
    TEAM = "team", _("Team templates")
    UNUSED = "unused", _("Unused for 90 days")
    ARCHIVED = "archived", _("Archived")


@dataclass(frozen=True)
class Figures:
    """What became of the emails written from a template."""

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    bounced: int = 0

    @property
    def opened_share(self) -> int:
        return self._percent(self.opened)

    @property
    def clicked_share(self) -> int:
        return self._percent(self.clicked)

    @property
    def replied_share(self) -> int:
        return self._percent(self.replied)

    @property
    def bounced_share(self) -> int:
        return self._percent(self.bounced)

    def _percent(self, count: int) -> int:
        return round(100 * count / self.sent) if self.sent else 0


def visible_templates(*, user: Any) -> QuerySet[Template]:
    """A user's own and those shared with one of the user's teams; an admin sees all.

    Each tells `is_favorite` and `is_shared`.
    """
    shared = Template.teams.through.objects.filter(template=OuterRef("pk"))
    favorites = Template.favorite_of.through.objects.filter(template=OuterRef("pk"), user=user)
    templates = Template.objects.annotate(is_favorite=Exists(favorites), is_shared=Exists(shared))
    if user.is_admin:
        return templates
    return templates.filter(Q(owner=user) | Q(Exists(shared.filter(team__members=user))))


def usable_templates(*, user: Any) -> QuerySet[Template]:
    """Those to write an email from, by category and name."""
    templates = visible_templates(user=user).filter(archived_at=None)
    return templates.select_related("category").order_by(Lower("category__name"), Lower("name"))


def find_templates(
    *, user: Any, view: View, now: datetime, q: str = "", category: int | None = None
) -> QuerySet[Template]:
    """The templates of a view by category and name; `q` is sought in name, subject and body."""
    templates = visible_templates(user=user).select_related("category", "owner")
    templates = templates.filter(archived_at__isnull=view is not View.ARCHIVED)
    used = Email.objects.filter(template=OuterRef("pk"), sent_at__gte=now - UNUSED_FOR)
    narrowed = {
        View.MINE: Q(owner=user),
        View.FAVORITES: Q(is_favorite=True),
        View.TEAM: Q(is_shared=True),
        View.UNUSED: ~Exists(used) & Q(created_at__lt=now - UNUSED_FOR),
    }
    if view in narrowed:
        templates = templates.filter(narrowed[view])
    if category:
        templates = templates.filter(category=category)
    for word in q.replace("\0", " ").split():
        templates = templates.filter(
            Q(name__icontains=word) | Q(subject__icontains=word) | Q(body_html__icontains=word)
        )
    return templates.order_by(Lower("category__name"), Lower("name"), "pk")


def pinned_by(user: Any) -> QuerySet[TemplateCategory]:
    """The categories that come first where the user chooses a template."""
    stored = UserEmailSettings.objects.filter(user=user).first()
    pinned = TemplateCategory.objects.filter(pk__in=stored.pinned_categories if stored else [])
    return pinned.order_by(Lower("name"))


def figures_of(templates: Iterable[Template]) -> dict[int, Figures]:
    """The figures of each template, in one query; an email opened five times counts once."""
    ids = [template.pk for template in templates]
    counted = (
        Email.objects.filter(template__in=ids, sent_at__isnull=False)
        .values("template")
        .annotate(
            sent=Count("pk"),
            opened=Count("pk", filter=Q(views__gt=0)),
            clicked=Count("pk", filter=Q(clicks__gt=0)),
            replied=Count("pk", filter=Q(replies__gt=0)),
            bounced=Count("pk", filter=Q(state=Email.State.BOUNCED)),
        )
        .values_list("template", "sent", "opened", "clicked", "replied", "bounced")
    )
    found = {template: Figures(*counts) for template, *counts in counted}
    return {pk: found.get(pk, Figures()) for pk in ids}
