"""What owners do with campaigns and their steps. Steps may change while people run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from activities.campaigns.models import Campaign, CampaignCategory, Member, Step
from activities.campaigns.moves import go_on
from activities.campaigns.selectors import steps_of
from activities.emails.html import clean_html
from activities.emails.models import StoredFile
from activities.emails.services import one_line
from people.errors import Refused

_LIMITS_LOCK = 71_002
CLONED = "day position kind subject body_html template send_option send_time is_follow_up notes"
SETTINGS = (
    "skips_weekends removes_on_bounce ends_on_reply marks_success_on_reply ignores_out_of_office"
    " sends_from sends_until"
)


@transaction.atomic
def create_category(*, name: str) -> CampaignCategory:
    """The category of this name, made unless it exists."""
    known = CampaignCategory.objects.filter(name__iexact=name).first()
    if known:
        return known
    _lock_limits()
    if CampaignCategory.objects.count() >= CampaignCategory.MAX_CATEGORIES:
        raise Refused(
            _("There are %(limit)d categories already. Use one of them.")
            % {"limit": CampaignCategory.MAX_CATEGORIES}
        )
    try:
        with transaction.atomic():
            return CampaignCategory.objects.create(name=name)
    except IntegrityError as error:
        raise Refused(_("There is already a category with this name.")) from error


@transaction.atomic
def create_campaign(
    *,
    owner: Any,
    category: CampaignCategory,
    name: str,
    now: datetime,
    teams: Iterable[Any] = (),
    **settings: Any,
) -> Campaign:
    _lock_limits()
    if Campaign.objects.count() >= Campaign.MAX_CAMPAIGNS:
        raise Refused(
            _("There are %(limit)d campaigns already, which is as many as there may be.")
            % {"limit": Campaign.MAX_CAMPAIGNS}
        )
    campaign = Campaign.objects.create(
        owner=owner, category=category, name=name, created_at=now, updated_at=now, **settings
    )
    campaign.teams.set(teams)
    return campaign


@transaction.atomic
def change_campaign(
    *, campaign: Campaign, now: datetime, teams: Iterable[Any], **values: Any
) -> Campaign:
    """Store these values. Whoever runs is planned anew: weekends and hours may be others."""
    current = _locked(campaign)
    for name, value in values.items():
        setattr(current, name, value)
    current.updated_at = now
    current.save()
    current.teams.set(teams)
    _replan(current, now=now)
    return current


@transaction.atomic
def clone_campaign(*, campaign: Campaign, owner: Any, now: datetime) -> Campaign:
    """A private copy with the same settings and steps, and nobody in it."""
    copy = create_campaign(
        owner=owner,
        category=campaign.category,
        name=_("Copy of %(name)s") % {"name": campaign.name[:130]},
        now=now,
        **{name: getattr(campaign, name) for name in SETTINGS.split()},
    )
    for step in steps_of(campaign):
        cloned = Step.objects.create(
            campaign=copy, **{name: getattr(step, name) for name in CLONED.split()}
        )
        cloned.files.set(step.files.all())
    return copy


def archive_campaign(*, campaign: Campaign, now: datetime) -> None:
    """Nobody can be added any more; who runs goes on."""
    Campaign.objects.filter(pk=campaign.pk, archived_at=None).update(archived_at=now)


def unarchive_campaign(*, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)


@transaction.atomic
def save_step(
    *, step: Step, now: datetime, files: Iterable[StoredFile] = (), **values: Any
) -> Step:
    """Add a step, or store its changes; a new one comes last on its day."""
    campaign = _locked(step.campaign)
    day_before = step.day if step.pk else None
    for name, value in values.items():
        setattr(step, name, value)
    step.subject, step.body_html = one_line(step.subject), clean_html(step.body_html)
    if step.day != day_before:
        last = steps_of(campaign).filter(day=step.day).last()
        step.position = last.position + 1 if last else 0
    step.save()
    step.files.set(files)
    _touch(campaign, now=now)
    return step


@transaction.atomic
def move_step(*, step: Step, up: bool, now: datetime) -> None:
    """Swap places with its neighbour of the same day; at the edge nothing happens."""
    campaign = _locked(step.campaign)
    siblings = list(steps_of(campaign).filter(day=step.day))
    here = siblings.index(step)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(siblings):
        return
    siblings[here], siblings[there] = siblings[there], siblings[here]
    for position, sibling in enumerate(siblings):
        sibling.position = position
    Step.objects.bulk_update(siblings, ["position"])
    _touch(campaign, now=now)


@transaction.atomic
def remove_step(*, step: Step, now: datetime) -> None:
    """Who has it behind them keeps it in their history; who is about to begin it goes on."""
    campaign = _locked(step.campaign)
    Step.objects.filter(pk=step.pk, removed_at=None).update(removed_at=now)
    _touch(campaign, now=now)


def _touch(campaign: Campaign, *, now: datetime) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(updated_at=now)
    _replan(campaign, now=now)


def _replan(campaign: Campaign, *, now: datetime) -> None:
    """Point whoever runs at the next step there is now; what is due already stays due."""
    steps = set(steps_of(campaign).values_list("pk", flat=True))
    running = Member.objects.filter(campaign=campaign, state=Member.State.ACTIVE).order_by("pk")
    members = list(
        running.select_related("campaign", "launch", "person", "seller").select_for_update(
            of=("self",)
        )
    )
    replanned = [each for each in members if not _is_due(each, steps, now)]
    for member in replanned:
        member.campaign = campaign
    go_on(replanned, now=now, not_before=now)


def _is_due(member: Member, steps: Collection[int], now: datetime) -> bool:
    at = member.next_step_at
    return at is not None and at <= now and member.next_step_id in steps


def _locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def _lock_limits() -> None:
    """Have whoever adds wait for the others, so that the count holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LIMITS_LOCK])
