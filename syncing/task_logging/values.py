"""An activity of ours as a task of Salesforce (doc: Task, in the object reference)."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from activities.models import Activity
from syncing.salesforce import as_stamp, to_18
from syncing.salesforce_settings.fields import EVENT_AT, KEY
from syncing.salesforce_settings.setup_check import MARKER
from syncing.salesforce_settings.subjects import subject_of
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.shape import COMPLETED, Level, TaskShape, cut
from syncing.task_logging.stories import Stories

Kind = Activity.Kind

# Not translated: they are values of the org's picklists and words of its reports.
_TYPES = {Kind.CALL_RECEIVED: "Call", Kind.EMAIL_REPLIED: "Reply"}
_BEGINNINGS = {
    Kind.EMAIL_REPLIED: "Reply",
    Kind.EMAIL_OPENED: "Opened",
    Kind.EMAIL_CLICKED: "Clicked",
}
LEAD_PREFIX = "00Q"
SUBJECT_LENGTH = 255


def values_of(
    task: LoggedTask, shape: TaskShape, stories: Stories, *, subject_template: str
) -> dict[str, Any]:
    """What is written to make the task; what marks it goes with it."""
    activity = task.delivery.activity
    subject = _subject(activity, stories, subject_template)
    values = {
        **_common(activity, shape),
        **_by_kind(activity, stories),
        "Subject": subject,
        "WhoId": task.record_id,
        "OwnerId": to_18(activity.actor.salesforce_user_id),
    }
    # A task of a lead belongs to nothing else.
    if not task.record_id.startswith(LEAD_PREFIX):
        values["WhatId"] = task.what_id
    values = {name: value for name, value in values.items() if name not in task.left_out}
    return {**shape.fitted(values, is_new=True), **_marker(task, shape, subject)}


def mark_in_subject(task: LoggedTask) -> str:
    return f"[{task.key.hex[:8]}]"


def _marker(task: LoggedTask, shape: TaskShape, subject: str) -> dict[str, Any]:
    if shape.level is Level.KEY:
        return {KEY.name: str(task.key)}
    if shape.level is Level.MARKER:
        return {MARKER: str(task.key)}
    mark = mark_in_subject(task)
    return {"Subject": f"{cut(subject, SUBJECT_LENGTH - len(mark) - 1)} {mark}"}


def _common(activity: Activity, shape: TaskShape) -> dict[str, Any]:
    at = activity.occurred_at
    is_call = activity.kind == Kind.CALL_RECEIVED
    closed = shape.closed_statuses
    details = activity.details
    return {
        "Status": COMPLETED if COMPLETED in closed else next(iter(closed), None),
        "Priority": "Normal",
        "Type": _TYPES.get(Kind(activity.kind), "Email"),
        "TaskSubtype": "Call" if is_call else "Email",
        # A date has no time zone: it is the seller's day.
        "ActivityDate": at.astimezone(ZoneInfo(activity.actor.time_zone)).date().isoformat(),
        EVENT_AT.name: as_stamp(at.astimezone(UTC)),
        "MSE_Campaign__c": details.get("campaign_name"),
        "MSE_Campaign_Details_Link__c": details.get("campaign_url"),
    }


def _by_kind(activity: Activity, stories: Stories) -> dict[str, Any]:
    place = stories.place_of(activity)
    step = {"MSE_Current_Campaign_Step__c": str(place) if place else None}
    match activity.kind:
        case Kind.CALL_RECEIVED:
            return step | _of_call(activity, stories)
        case Kind.EMAIL_SENT:
            return step | _of_email(activity, stories)
        case Kind.EMAIL_REPLIED:
            return {"Description": stories.reply_to(activity)}
    return {"Description": activity.details.get("link")}


def _of_email(activity: Activity, stories: Stories) -> dict[str, Any]:
    url = reverse("emails:email", args=[activity.about_id])
    return {
        "Description": stories.text_of_email(activity),
        "MSE_Email_Status__c": "sent",
        "MSE_Template__c": activity.details.get("template_name"),
        "MSE_Template_Details__c": activity.details.get("template_url"),
        "MSE_Details__c": f"{settings.PUBLIC_URL}{url}",
    }


def _of_call(activity: Activity, stories: Stories) -> dict[str, Any]:
    call, details = stories.calls.get(activity.about_id), activity.details
    return {
        "Description": call.notes if call else None,
        "CallType": "Outbound",
        "CallDurationInSeconds": details.get("duration_seconds"),
        "CallDisposition": details.get("outcome") or details.get("status"),
        "mktosales_call_outcome__c": details.get("outcome"),
        "mktosales_call_reason__c": details.get("reason"),
        "MSE_Call_Recording__c": details.get("recording_url"),
    }


def _subject(activity: Activity, stories: Stories, template: str) -> str:
    beginning = _BEGINNINGS.get(Kind(activity.kind))
    if beginning:
        return subject_of("", {"activity_subject": f"{beginning}: {activity.subject}"})
    subject = subject_of(template, _tokens(activity, stories))
    return subject or subject_of("", {"activity_subject": activity.subject})


def _tokens(activity: Activity, stories: Stories) -> dict[str, str]:
    details, place = activity.details, stories.place_of(activity)
    is_call = activity.kind == Kind.CALL_RECEIVED
    call = stories.calls.get(activity.about_id) if is_call else None
    reminder = call.reminder if call else None
    return {
        "activity_type": "Call" if is_call else "Email",
        "activity_subject": (reminder.subject if reminder else "") if is_call else activity.subject,
        "sales_campaign_name": details.get("campaign_name") or "",
        "sales_campaign_day": str(place.day) if place else "",
        "sales_campaign_step": str(place.number) if place else "",
        "call_outcome": details.get("outcome") or "",
        "call_reason": details.get("reason") or "",
    }
