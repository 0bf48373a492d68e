"""The campaign sweep: a thousand due among a hundred thousand, at once and one by one."""

import time
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from activities.campaigns.beginning import draft_of
from activities.campaigns.models import Campaign, CampaignCategory, Launch, Member, Step, StepRun
from activities.campaigns.sweep import advance_due
from activities.emails.identities import default_identity
from activities.emails.models import Email, SenderIdentity
from tests.bench.report import heading, row, verdict
from tests.factories import make_people

MEMBERS, SELLERS = 100_000, 100
DUE, LIMIT_SECONDS = 1_000, 2.0
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def bench_campaigns() -> None:
    heading(f"Campaign sweep, {MEMBERS:,} members of which {DUE:,} are due")
    campaign = make_members()
    seconds = timed(lambda: advance_due(now=NOW))
    begun = StepRun.objects.filter(member__campaign=campaign).count()
    row("sweep", f"{seconds:.2f} s, {begun:,} steps begun")
    make_due_again()
    alone = timed(begin_one_by_one)
    row("one member at a time", f"{alone:.2f} s", f"{alone / seconds:.1f} times as long")
    idle = timed(lambda: advance_due(now=NOW))
    row("sweep with nothing due", f"{idle * 1000:.1f} ms")
    verdict(f"at most {LIMIT_SECONDS:.0f} s", is_met=seconds <= LIMIT_SECONDS and begun == DUE)


def timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def make_members() -> Campaign:
    users = get_user_model().objects
    sellers = [users.create_user(f"bench{number}@example.com") for number in range(SELLERS)]
    SenderIdentity.objects.bulk_create(
        SenderIdentity(
            user=seller, name="Sam", address=seller.email, is_default=True, created_at=NOW
        )
        for seller in sellers
    )
    campaign = Campaign.objects.create(
        owner=sellers[0],
        category=CampaignCategory.objects.create(name="Bench"),
        name="Bench",
        created_at=NOW,
        updated_at=NOW,
    )
    first, *_rest = [
        Step.objects.create(
            campaign=campaign, day=day, subject="Hello {{first_name}}", body_html="<p>Hi</p>"
        )
        for day in (1, 2, 3)
    ]
    launches = [
        Launch.objects.create(
            campaign=campaign,
            seller=seller,
            identity=default_identity(seller),
            starts_at=NOW,
            time_zone="UTC",
            created_at=NOW,
        )
        for seller in sellers
    ]
    Member.objects.bulk_create(
        (
            Member(
                campaign=campaign,
                launch=launches[place % SELLERS],
                seller=sellers[place % SELLERS],
                person=person,
                next_step=first,
                next_step_at=NOW if place < DUE else NOW + timedelta(hours=1 + place % 700),
                started_at=NOW,
            )
            for place, person in enumerate(make_people(MEMBERS))
        ),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return campaign


def make_due_again() -> None:
    """The thousand that come next."""
    coming = Member.objects.filter(state=Member.State.ACTIVE).order_by("next_step_at", "pk")
    Member.objects.filter(pk__in=list(coming.values_list("pk", flat=True)[:DUE])).update(
        next_step_at=NOW
    )


def begin_one_by_one() -> None:
    """What a plain loop would do: a transaction, a few reads and three writes a member."""
    due = Member.objects.filter(state=Member.State.ACTIVE, next_step_at__lte=NOW)
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            member = Member.objects.select_for_update().get(pk=pk)
            email = draft_of(member, member.next_step, is_first=True, now=NOW)
            email.state, email.scheduled_for, email.next_attempt_at = (
                Email.State.SCHEDULED,
                member.next_step_at,
                NOW,
            )
            email.save()
            StepRun.objects.create(
                member=member,
                step=member.next_step,
                email=email,
                due_at=member.next_step_at,
                started_at=NOW,
            )
            member.state, member.next_step, member.next_step_at = Member.State.WAITING, None, None
            member.save()
