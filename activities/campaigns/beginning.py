"""Beginning a step: an email goes into the queue, or a reminder is made for the seller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activities.campaigns.models import Member, Step, StepRun
from activities.campaigns.schedule import first_email, is_automatic_email
from activities.campaigns.selectors import steps_by_campaign
from activities.emails.identities import default_identity
from activities.emails.models import Email, EmailFile, SenderIdentity
from activities.emails.nudging import nudge
from activities.reminders.models import Reminder
from activities.reminders.services import create_reminders

_KINDS = {
    Step.Kind.EMAIL: Reminder.Kind.EMAIL,
    Step.Kind.CALL: Reminder.Kind.CALL,
    Step.Kind.INMAIL: Reminder.Kind.INMAIL,
    Step.Kind.CUSTOM: Reminder.Kind.CUSTOM,
}


def begin_steps(members: Sequence[Member], *, now: datetime) -> None:
    """Begin the due step of each of these locked members, all in a few statements."""
    by_email = [member for member in members if is_automatic_email(_step(member))]
    by_hand = [member for member in members if not is_automatic_email(_step(member))]
    emails = _queue_emails(by_email, now=now)
    reminders = create_reminders(
        reminders=[reminder_of(member, now=now) for member in by_hand], now=now
    )
    runs = [
        *(_run(member, now, email=email) for member, email in zip(by_email, emails, strict=True)),
        *(_run(member, now, reminder=it) for member, it in zip(by_hand, reminders, strict=True)),
    ]
    StepRun.objects.bulk_create(runs)
    Member.objects.filter(pk__in=[member.pk for member in members]).update(
        state=Member.State.WAITING, next_step=None, next_step_at=None, note=""
    )


def draft_of(
    member: Member, step: Step, *, is_first: bool, now: datetime, follow_up_to: Email | None = None
) -> Email:
    """The email of a step as it is to go out, with the seller's edit if it is the first."""
    subject, body_html = step.subject, step.body_html
    if is_first and (member.first_subject or member.first_body_html):
        subject, body_html = member.first_subject, member.first_body_html
    return Email(
        sender=member.seller,
        identity=identity_of(member),
        person=member.person,
        template_id=step.template_id,
        is_non_commercial=step.template is not None and step.template.is_non_commercial,
        campaign_id=member.campaign_id,
        campaign_name=member.campaign.name,
        follow_up_to=follow_up_to,
        subject=subject,
        body_html=body_html,
        created_at=now,
        updated_at=now,
    )


def identity_of(member: Member) -> SenderIdentity | None:
    """Chosen at launch; without it, or when that is gone, the seller's default one."""
    return member.launch.identity or default_identity(member.seller)


def reminder_of(member: Member, *, now: datetime) -> Reminder:
    step = _step(member)
    return Reminder(
        owner=member.seller,
        person=member.person,
        kind=_KINDS[Step.Kind(step.kind)],
        subject=(step.subject or str(step.get_kind_display()))[:255],
        notes=step.notes,
        due_at=member.next_step_at or now,
        campaign_id=member.campaign_id,
        campaign_name=member.campaign.name,
        created_at=now,
        updated_at=now,
    )


def _queue_emails(members: Sequence[Member], *, now: datetime) -> list[Email]:
    """In the order of the members."""
    if not members:
        return []
    steps = steps_by_campaign({member.campaign_id for member in members})
    first = {pk: first_email(found) for pk, found in steps.items()}
    answered = last_sent([member for member in members if _step(member).is_follow_up])
    emails = [
        draft_of(
            member,
            _step(member),
            is_first=first.get(member.campaign_id) == _step(member),
            follow_up_to=answered.get((member.campaign_id, member.person_id)),
            now=now,
        )
        for member in members
    ]
    for email, member in zip(emails, members, strict=True):
        email.state = Email.State.SCHEDULED
        email.scheduled_for = member.next_step_at
        email.next_attempt_at = now
    Email.objects.bulk_create(emails)
    _add_files(emails, members)
    nudge()
    return emails


def last_sent(members: Sequence[Member]) -> dict[tuple[int, int], Email]:
    """What was last sent to each of them in their campaign, also by the seller's own hand."""
    if not members:
        return {}
    sent = Email.objects.filter(
        campaign_id__in={member.campaign_id for member in members},
        person__in={member.person_id for member in members},
        sent_at__isnull=False,
    )
    return {(email.campaign_id or 0, email.person_id): email for email in sent.order_by("sent_at")}


def _add_files(emails: Sequence[Email], members: Sequence[Member]) -> None:
    steps = Step.objects.filter(pk__in={_step(member).pk for member in members})
    wanted = steps.filter(files__isnull=False).values_list("pk", "files")
    files: dict[int, list[int]] = {}
    for step_id, file_id in wanted:
        files.setdefault(step_id, []).append(file_id)
    EmailFile.objects.bulk_create(
        EmailFile(email=email, file_id=file_id)
        for email, member in zip(emails, members, strict=True)
        for file_id in files.get(_step(member).pk, ())
    )


def _run(
    member: Member, now: datetime, *, email: Email | None = None, reminder: Reminder | None = None
) -> StepRun:
    return StepRun(
        member=member,
        step=_step(member),
        email=email,
        reminder=reminder,
        due_at=member.next_step_at or now,
        started_at=now,
    )


def _step(member: Member) -> Step:
    if member.next_step is None:
        raise ValueError(f"Member {member.pk} has no step to begin.")
    return member.next_step
