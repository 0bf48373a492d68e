"""What admins set for calls. Each change is in the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from activities.calls.models import CallOutcome, CallReason, CallSettings
from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import User

Choice = CallOutcome | CallReason
MAX_CHOICES = {CallOutcome: CallOutcome.MAX_OUTCOMES, CallReason: CallReason.MAX_REASONS}


@transaction.atomic
def set_options(*, options: Mapping[str, Any], by: User, now: datetime) -> None:
    settings = _locked_settings()
    changes = {
        name: [getattr(settings, name), value]
        for name, value in options.items()
        if getattr(settings, name) != value
    }
    if not changes:
        return
    for name, (_before, after) in changes.items():
        setattr(settings, name, after)
    settings.save()
    audit.record(actor=by, action=audit.Action.CALL_OPTIONS_CHANGED, details=changes, now=now)


@transaction.atomic
def add_choice(*, choice: Choice, by: User, now: datetime) -> None:
    """Offer one more outcome or reason, at the end."""
    # Whoever adds one waits here for the others, so that the count below holds.
    _locked_settings()
    offered = _offered(choice)
    limit = MAX_CHOICES[type(choice)]
    if offered.count() >= limit:
        raise Refused(_("There can be %(limit)s. Retire one first.") % {"limit": limit})
    last = offered.aggregate(last=models.Max("position"))["last"]
    choice.position = 0 if last is None else last + 1
    _save(choice)
    _note(audit.Action.CALL_CHOICE_ADDED, choice, by, now)


@transaction.atomic
def change_choice(*, choice: Choice, by: User, now: datetime) -> None:
    """Save its name and type; the calls that have it show the new name, Marketo keeps the old."""
    before = type(choice)._default_manager.get(pk=choice.pk)  # noqa: SLF001
    _save(choice)
    changes = {
        name: [getattr(before, name), getattr(choice, name)]
        for name in ("name", "is_answered")
        if hasattr(choice, name) and getattr(before, name) != getattr(choice, name)
    }
    if changes:
        _note(audit.Action.CALL_CHOICE_CHANGED, choice, by, now, changes)


@transaction.atomic
def move_choice(*, choice: Choice, up: bool, by: User, now: datetime) -> None:
    """Have it change places with its neighbour."""
    _locked_settings()
    order = list(_offered(choice).order_by("position", "pk"))
    here = order.index(choice)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for position, one in enumerate(order):
        one.position = position
        one.save(update_fields=["position"])
    _note(audit.Action.CALL_CHOICE_CHANGED, choice, by, now, {"position": [here, there]})


@transaction.atomic
def retire_choice(*, choice: Choice, by: User, now: datetime) -> None:
    """Offer it no longer. The calls that have it keep it; one that none has is deleted."""
    _note(audit.Action.CALL_CHOICE_RETIRED, choice, by, now)
    if choice.calls.exists():
        choice.retired_at = now
        choice.save(update_fields=["retired_at"])
    else:
        choice.delete()


def _locked_settings() -> CallSettings:
    CallSettings.objects.get_or_create(pk=1)
    return CallSettings.objects.select_for_update().get(pk=1)


def _offered(choice: Choice) -> Any:
    return type(choice)._default_manager.filter(retired_at=None)  # noqa: SLF001


def _save(choice: Choice) -> None:
    try:
        with transaction.atomic():
            choice.save()
    except IntegrityError as error:
        raise Refused(_("There is already one with this name.")) from error


def _note(
    action: audit.Action,
    choice: Choice,
    by: User,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    audit.record(actor=by, action=action, target=choice.name, details=details, now=now)
