"""Random campaigns, clocks, crashes and replies: no step twice, none early, all ends reached."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.campaigns.editing import save_step
from activities.campaigns.models import Member, Step, StepRun
from activities.campaigns.moves import locked_members
from activities.campaigns.services import (
    launch,
    pause_members,
    resume_members,
    retry_members,
    skip_step,
)
from activities.campaigns.sweep import advance_due
from activities.emails.failures import Stop
from activities.emails.models import Email, InboundMessage
from activities.emails.settling import settle_failed
from activities.emails.signals import email_replied
from activities.models import Activity
from activities.reminders.models import Reminder
from activities.reminders.services import complete_reminder, reopen_reminder, skip_reminder
from tests.activities.campaigns.conftest import make_campaign, send
from tests.factories import make_people

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 20, 8, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]

plans = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(["EMAIL", "EMAIL", "CALL"]),
        st.sampled_from(["AT_LAUNCH", "AT_TIME", "SAME_TIME", "REMINDER"]),
    ),
    min_size=1,
    max_size=5,
)
# What happens, and how many minutes pass before it.
events = st.lists(
    st.tuples(
        st.sampled_from(
            """
            sweep sweep sweep crash send send fail complete skip-reminder reopen reply away pause
            resume retry skip edit
            """.split()
        ),
        st.one_of(st.integers(0, 90), st.integers(0, 4_000)),
    ),
    max_size=25,
)


class World:
    """One campaign with two people in it, and a clock that only goes forward."""

    def __init__(self, seller, plan, *, zone, skips_weekends):
        self.now, self.seller = START, seller
        seller.time_zone = zone
        seller.save()
        self.campaign = make_campaign(
            seller, skips_weekends=skips_weekends, marks_success_on_reply=True
        )
        for day, kind, option in sorted(plan):
            self.add_step(day, kind, option)
        launch(
            campaign=self.campaign,
            seller=seller,
            people=make_people(2),
            starts_at=START,
            now=START,
        )

    @property
    def members(self):
        return Member.objects.filter(campaign=self.campaign)

    def add_step(self, day, kind, option):
        save_step(
            step=Step(campaign=self.campaign),
            now=self.now,
            day=day,
            kind=kind,
            send_option=option,
            send_time=time(11) if option == "AT_TIME" else None,
            subject="Hello",
            body_html="<p>Hi</p>",
        )

    def emails(self, *states):
        return Email.objects.filter(campaign_id=self.campaign.pk, state__in=states)

    def reminders(self, *states):
        return Reminder.objects.filter(campaign_id=self.campaign.pk, state__in=states)

    def sweep(self):
        advance_due(now=self.now, batch=1)

    def crash(self):
        """The worker dies in the middle; the database forgets what was not committed."""
        with transaction.atomic():
            advance_due(now=self.now)
            transaction.set_rollback(True)

    def send(self):
        for email in self.emails("SCHEDULED"):
            send(email, self.now)

    def fail(self):
        for email in self.emails("SCHEDULED")[:1]:
            settle_failed(email=email, stop=Stop("REFUSED", "No."), now=self.now)

    def complete(self):
        for reminder in self.reminders("OPEN"):
            complete_reminder(reminder=reminder, now=self.now)

    def skip_reminder(self):
        for reminder in self.reminders("OPEN")[:1]:
            skip_reminder(reminder=reminder, now=self.now)

    def reopen(self):
        for reminder in self.reminders("COMPLETED", "SKIPPED"):
            reopen_reminder(reminder=reminder, now=self.now)

    def reply(self, kind="REPLY"):
        for email in self.emails("SENT").order_by("pk")[:1]:
            message = InboundMessage(email=email, kind=kind)
            email_replied.send(sender=Email, email=email, message=message, now=self.now)

    def away(self):
        self.reply("OUT_OF_OFFICE")

    def pause(self):
        pause_members(members=self.members[:1], by=self.seller, now=self.now)

    def resume(self):
        resume_members(members=self.members, by=self.seller, now=self.now)

    def retry(self):
        retry_members(members=self.members, by=self.seller, now=self.now)

    def skip(self):
        skip_step(members=self.members[:1], by=self.seller, now=self.now)

    def edit(self):
        if self.campaign.steps.count() < 8:
            self.add_step(3, "EMAIL", "SAME_TIME")

    def happens(self, event, minutes):
        self.now += timedelta(minutes=minutes)
        getattr(self, event.replace("-", "_"))()
        self.check()

    def drain(self):
        """All goes well from now on: whoever is left reaches the end."""
        self.resume()
        for _ in range(60):
            self.now += timedelta(hours=7)
            self.retry()
            self.sweep()
            self.send()
            self.complete()
            self.check()
            if not self.members.filter(state__in=Member.OPEN_STATES).exists():
                return
        raise AssertionError("Somebody never reaches an end.")

    def check(self):
        for member in locked_members(self.members.values_list("pk", flat=True)):
            self.check_member(member)

    def check_member(self, member):
        zone = ZoneInfo(self.seller.time_zone)
        runs = list(
            StepRun.objects.filter(member=member).select_related("step", "email").order_by("pk")
        )
        assert len({run.step_id for run in runs}) == len(runs)
        before = None
        for run in runs:
            due = run.due_at.astimezone(zone)
            assert run.due_at <= run.started_at <= self.now
            assert not self.campaign.skips_weekends or due.weekday() < 5
            if before:
                assert run.step.day >= before.step.day
                assert run.started_at >= before.settled_at
                gap = (due.date() - before.settled_at.astimezone(zone).date()).days
                assert gap >= run.step.day - before.step.day
            before = run
        is_open = bool(runs) and runs[-1].state in {"OPEN", "FAILED"}
        assert is_open or member.state != Member.State.WAITING
        if member.state == Member.State.FINISHED:
            assert all(run.state in {"DONE", "SKIPPED"} for run in runs)
        if member.ended_at:
            assert not self.emails("SCHEDULED").filter(person=member.person).exists()

    def check_end(self):
        for member in self.members:
            removed = Activity.objects.filter(about_id=member.pk, kind="CAMPAIGN_REMOVED").count()
            assert removed == (member.state == Member.State.REPLIED)
            assert member.state in {Member.State.FINISHED, Member.State.REPLIED}
            assert member.is_success == (member.state == Member.State.REPLIED)


@given(plan=plans, happenings=events, place=st.tuples(st.sampled_from(ZONES), st.booleans()))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_no_step_comes_twice_or_early_and_everyone_reaches_an_end(
    seller, identity, plan, happenings, place
):
    with transaction.atomic():
        zone, skips_weekends = place
        world = World(seller, plan, zone=zone, skips_weekends=skips_weekends)
        for event, minutes in happenings:
            world.happens(event, minutes)
        world.drain()
        world.check_end()
        transaction.set_rollback(True)
