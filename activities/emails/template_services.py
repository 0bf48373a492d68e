"""What sellers do with templates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from activities.emails.html import clean_html
from activities.emails.models import Template, TemplateCategory, UserEmailSettings
from people.errors import Refused

_LIMITS_LOCK = 71_001


@transaction.atomic
def create_category(*, name: str) -> TemplateCategory:
    """The category of this name, made unless it exists."""
    known = TemplateCategory.objects.filter(name__iexact=name).first()
    if known:
        return known
    _lock_limits()
    if TemplateCategory.objects.count() >= TemplateCategory.MAX_CATEGORIES:
        raise Refused(
            _("There are %(limit)d categories already. Use one of them.")
            % {"limit": TemplateCategory.MAX_CATEGORIES}
        )
    return _saved(TemplateCategory(name=name))


def rename_category(*, category: TemplateCategory, name: str) -> TemplateCategory:
    category.name = name
    return _saved(category)


@transaction.atomic
def delete_category(*, category: TemplateCategory) -> None:
    """Raises Refused while templates are in it, archived ones too."""
    count = category.templates.count()
    if count:
        raise Refused(
            _("“%(name)s” holds %(count)d templates. Move them to another category first.")
            % {"name": category.name, "count": count}
        )
    category.delete()


@transaction.atomic
def create_template(
    *,
    owner: Any,
    now: datetime,
    name: str,
    category: TemplateCategory,
    subject: str = "",
    body_html: str = "",
    notes: str = "",
    is_non_commercial: bool = False,
    teams: Iterable[Any] = (),
) -> Template:
    """Make a template, private unless `teams` are given. Its HTML is cleaned."""
    _lock_limits()
    if Template.objects.count() >= Template.MAX_TEMPLATES:
        raise Refused(
            _("There are %(limit)d templates already. Delete some first.")
            % {"limit": Template.MAX_TEMPLATES}
        )
    template = Template.objects.create(
        owner=owner,
        name=name,
        category=category,
        subject=subject,
        body_html=clean_html(body_html),
        notes=notes,
        is_non_commercial=is_non_commercial,
        created_at=now,
        updated_at=now,
    )
    template.teams.set(teams)
    return template


@transaction.atomic
def change_template(
    *,
    template: Template,
    seen_at: datetime,
    now: datetime,
    teams: Iterable[Any],
    **values: Any,
) -> None:
    """Store what was edited. Raises Refused when somebody else stored since `seen_at`."""
    current = Template.objects.select_for_update().get(pk=template.pk)
    if current.updated_at != seen_at:
        raise Refused(
            _("Somebody changed this template while you did. Copy your text, then load it anew.")
        )
    if current.archived_at:
        raise Refused(_("An archived template can't be changed. Take it out of the archive first."))
    for name, value in values.items():
        setattr(template, name, clean_html(value) if name == "body_html" else value)
    template.updated_at = now
    template.save()
    template.teams.set(teams)


def clone_template(*, template: Template, owner: Any, now: datetime) -> Template:
    """A private copy of the owner's own, with the same files."""
    copy = create_template(
        owner=owner,
        now=now,
        name=_("Copy of %(name)s") % {"name": template.name[:130]},
        category=template.category,
        subject=template.subject,
        body_html=template.body_html,
        notes=template.notes,
        is_non_commercial=template.is_non_commercial,
    )
    copy.files.set(template.files.filter(owner=owner, deleted_at=None))
    return copy


def archive_template(*, template: Template, now: datetime) -> None:
    """Keep it from being used and changed until it is taken back."""
    Template.objects.filter(pk=template.pk, archived_at=None).update(archived_at=now)


def unarchive_template(*, template: Template) -> None:
    Template.objects.filter(pk=template.pk).update(archived_at=None)


@transaction.atomic
def delete_template(*, template: Template) -> None:
    """Emails written from it stay. Raises Refused while steps of campaigns use it."""
    count = template.campaign_steps.filter(removed_at=None).count()
    if count:
        raise Refused(
            _("%(count)d campaign steps use this template. Archive it, or change them first.")
            % {"count": count}
        )
    template.delete()


@transaction.atomic
def pin_category(*, category: TemplateCategory, user: Any, is_pinned: bool) -> None:
    """Have it come first where the user chooses a template. Raises Refused for one too many."""
    UserEmailSettings.objects.get_or_create(user=user)
    stored = UserEmailSettings.objects.select_for_update().get(user=user)
    # Of those that there still are.
    others = TemplateCategory.objects.filter(pk__in=stored.pinned_categories).exclude(
        pk=category.pk
    )
    pinned = list(others.order_by("pk").values_list("pk", flat=True))
    if is_pinned and len(pinned) >= UserEmailSettings.MAX_PINNED_CATEGORIES:
        raise Refused(
            _("You have pinned %(limit)d categories already. Unpin one of them first.")
            % {"limit": UserEmailSettings.MAX_PINNED_CATEGORIES}
        )
    stored.pinned_categories = [*pinned, category.pk] if is_pinned else pinned
    stored.save(update_fields=["pinned_categories"])


def set_favorite(*, template: Template, user: Any, is_favorite: bool) -> None:
    if is_favorite:
        template.favorite_of.add(user)
    else:
        template.favorite_of.remove(user)


def _lock_limits() -> None:
    """Have whoever adds wait for the others, so that the count holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LIMITS_LOCK])


def _saved(category: TemplateCategory) -> TemplateCategory:
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError as error:
        raise Refused(_("There is already a category with this name.")) from error
    return category
