"""Something to begin with in a demo: templates, call outcomes and reasons, a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from activities.calls.models import CallOutcome, CallReason, CallSettings
from activities.campaigns import editing
from activities.campaigns.models import Campaign, Step
from activities.emails import template_services
from activities.emails.models import Template
from admin_config.models import Team, User

GREETING = "Hi {{first_name | default: &quot;there&quot;}},"


@dataclass(frozen=True)
class DemoTemplate:
    category: str
    name: str
    subject: str
    paragraphs: tuple[str, ...]

    @property
    def body_html(self) -> str:
        return "".join(f"<p>{each}</p>" for each in (GREETING, *self.paragraphs))


TEMPLATES = (
    DemoTemplate(
        "First contact",
        "Introduction",
        'A question about {{company | default: "your team"}}',
        (
            "{{! Why you write to this very person }}",
            "Lists that are out of date cost teams like yours hours every week.",
            '<a href="https://example.com/how-it-works">Here is how we help</a>, in two minutes.',
            "Would next week suit you for a short call?",
        ),
    ),
    DemoTemplate(
        "First contact",
        "After an event",
        "Good to meet you, {{first_name}}",
        (
            "Thank you for stopping by our stand.",
            'As promised, <a href="https://example.com/slides">here are the slides</a>.',
        ),
    ),
    DemoTemplate(
        "Follow-up",
        "Gentle reminder",
        "Did you find the time?",
        ("I know how full a week can be. Is this still of interest to {{company}}?",),
    ),
    DemoTemplate(
        "Meetings",
        "Proposal for a time",
        "A time to talk",
        (
            "How about {{! Day and time }}?",
            '<a href="https://example.com/calendar">My calendar is here</a>.',
        ),
    ),
)
# Each with whether somebody answered.
OUTCOMES = (
    ("Interested", True),
    ("Not interested", True),
    ("Call back later", True),
    ("Left a voicemail", False),
    ("No answer", False),
    ("Wrong number", False),
)
REASONS = ("Introduction", "Follow-up", "Demo", "Renewal")
CAMPAIGN = "Welcome new contacts"


def add_content(*, owner: User, now: datetime) -> None:
    """Each kind of thing, unless there is one already."""
    everyone = Team.objects.everyone()
    if not Template.objects.exists():
        add_templates(owner, everyone, now=now)
    if not CallSettings.objects.exists():
        offered = CallSettings.Ask.OPTIONAL
        CallSettings.objects.create(pk=1, outcomes=offered, reasons=offered, provider="sandbox")
    if not CallOutcome.objects.exists():
        CallOutcome.objects.bulk_create(
            CallOutcome(name=name, is_answered=is_answered, position=position)
            for position, (name, is_answered) in enumerate(OUTCOMES)
        )
    if not CallReason.objects.exists():
        CallReason.objects.bulk_create(
            CallReason(name=name, position=position) for position, name in enumerate(REASONS)
        )
    if not Campaign.objects.exists():
        add_campaign(owner, everyone, now=now)


def add_templates(owner: User, team: Team, *, now: datetime) -> None:
    for template in TEMPLATES:
        template_services.create_template(
            owner=owner,
            category=template_services.create_category(name=template.category),
            name=template.name,
            subject=template.subject,
            body_html=template.body_html,
            teams=[team],
            now=now,
        )


def add_campaign(owner: User, team: Team, *, now: datetime) -> None:
    """An email on the first day, a reply to it on the third, a call on the fifth."""
    campaign = editing.create_campaign(
        owner=owner,
        category=editing.create_category(name="Outreach"),
        name=CAMPAIGN,
        teams=[team],
        now=now,
    )
    editing.save_step(
        step=Step(campaign=campaign),
        subject="Welcome, {{first_name}}",
        body_html=f"<p>{GREETING}</p>"
        "<p>I look after {{company}} from now on. "
        '<a href="https://example.com/start">This page</a> tells what we can do for you.</p>',
        now=now,
    )
    editing.save_step(
        step=Step(campaign=campaign),
        day=3,
        is_follow_up=True,
        send_option=Step.SendOption.AT_TIME,
        send_time=time(9, 30),
        body_html="<p>Did you have a chance to look at it?</p>",
        now=now,
    )
    editing.save_step(
        step=Step(campaign=campaign),
        day=5,
        kind=Step.Kind.CALL,
        subject="Call and ask for a meeting",
        now=now,
    )
