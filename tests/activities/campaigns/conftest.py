from datetime import UTC, datetime, time

import pytest

from activities.campaigns.editing import create_campaign, create_category, save_step
from activities.campaigns.models import Member, Step, StepRun
from activities.campaigns.services import launch
from activities.campaigns.sweep import advance_due
from activities.emails.models import Email, SenderIdentity
from activities.emails.settling import settle_sent
from tests.factories import make_people

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def identity(seller):
    return SenderIdentity.objects.create(
        user=seller,
        name="Sam Seller",
        address="sam@example.com",
        is_default=True,
        verified_at=NOW,
        created_at=NOW,
    )


@pytest.fixture
def campaign(seller, identity):
    return make_campaign(seller)


def make_campaign(owner, name="Outreach", **settings):
    return create_campaign(
        owner=owner, category=create_category(name="Sales"), name=name, now=NOW, **settings
    )


def add_step(campaign, day=1, kind="EMAIL", option="SAME_TIME", at=None, **fields):
    values = {
        "day": day,
        "kind": kind,
        "send_option": option,
        "send_time": at,
        "subject": f"Day {day} for {{{{first_name}}}}",
        "body_html": "<p>Hello</p>",
        **fields,
    }
    return save_step(step=Step(campaign=campaign), now=NOW, **values)


def add_email(campaign, day=1, option="SAME_TIME", at=None, **fields):
    return add_step(
        campaign, day, "EMAIL", option, at or (time(9) if option == "AT_TIME" else None), **fields
    )


def add_call(campaign, day=1, **fields):
    return add_step(campaign, day, "CALL", **fields)


def add_members(campaign, count=1, *, seller=None, now=NOW, starts_at=None, people=None, **options):
    batch = launch(
        campaign=campaign,
        seller=seller or campaign.owner,
        people=people or make_people(count),
        starts_at=starts_at or now,
        now=now,
        **options,
    )
    return list(Member.objects.filter(launch=batch).order_by("pk"))


def sweep(now=NOW):
    return advance_due(now=now)


def send(email, now=NOW):
    """What the sender does once the server took it."""
    email.message_id = f"{email.uuid}@example.com"
    email.sent_subject, email.sent_html, email.to_address = email.subject, email.body_html, "a@b.c"
    email.save()
    settle_sent(email=email, sent_at=now, now=now)


def send_queued(now=NOW):
    for email in Email.objects.filter(state=Email.State.SCHEDULED).order_by("pk"):
        send(email, now)


def runs(member):
    return [
        (run.step.day, run.state) for run in StepRun.objects.filter(member=member).order_by("pk")
    ]
