"""Campaigns as the API shows them. What is absent is null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from activities.campaigns.figures import Figures
from activities.campaigns.models import Campaign, Member, Step
from activities.campaigns.preflight import Finding
from people.api.representation import timestamp

_SETTINGS = (
    "skips_weekends",
    "removes_on_bounce",
    "ends_on_reply",
    "marks_success_on_reply",
    "ignores_out_of_office",
)


def campaign_body(campaign: Campaign, figures: Figures) -> dict[str, Any]:
    """`owner` and `category` must be loaded with it."""
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "category": campaign.category.name,
        "owner": campaign.owner.email,
        "is_archived": campaign.archived_at is not None,
        "created_at": timestamp(campaign.created_at),
        "updated_at": timestamp(campaign.updated_at),
        "figures": asdict(figures),
    }


def detail_body(campaign: Campaign, figures: Figures, steps: Iterable[Step]) -> dict[str, Any]:
    return {
        **campaign_body(campaign, figures),
        **{name: getattr(campaign, name) for name in _SETTINGS},
        "steps": [_step_body(step) for step in steps],
    }


def member_body(member: Member) -> dict[str, Any]:
    """`seller` must be loaded with it."""
    return {
        "id": member.pk,
        "person": member.person_id,
        "seller": member.seller.email,
        "state": member.state.lower(),
        "note": member.note or None,
        "is_success": member.is_success,
        "next_step": member.next_step_id,
        "next_step_at": _moment(member.next_step_at),
        "started_at": timestamp(member.started_at),
        "ended_at": _moment(member.ended_at),
    }


def problem_body(finding: Finding) -> dict[str, Any]:
    return {
        "person": finding.person.pk,
        "step": finding.step.pk if finding.step else None,
        "code": finding.code,
        "message": finding.message,
    }


def _step_body(step: Step) -> dict[str, Any]:
    return {
        "id": step.pk,
        "day": step.day,
        "kind": step.kind.lower(),
        "subject": step.subject or None,
        "send_option": step.send_option.lower(),
        "send_time": step.send_time.isoformat() if step.send_time else None,
        "is_follow_up": step.is_follow_up,
    }


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
