"""What holds for any campaign, clock and seller: by hypothesis."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from activities.campaigns.models import Step
from activities.campaigns.schedule import (
    Clock,
    Progress,
    is_automatic_email,
    outline,
    plan_next,
)
from activities.campaigns.spreading import slots

ZONES = [
    ZoneInfo(name)
    for name in """
    UTC Europe/Berlin America/New_York Asia/Kolkata Pacific/Auckland Pacific/Apia
    America/Sao_Paulo Australia/Lord_Howe
    """.split()
]
# Hypothesis wants the bounds without a zone.
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001
moments = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))
times = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda value: value.replace(second=0, microsecond=0)
)


@st.composite
def steps(draw):
    found = []
    for pk, day in enumerate(sorted(draw(st.lists(st.integers(1, 12), min_size=1, max_size=7))), 1):
        kind = draw(st.sampled_from(["EMAIL", "EMAIL", "CALL", "CUSTOM"]))
        option = draw(st.sampled_from(["AT_LAUNCH", "AT_TIME", "SAME_TIME", "REMINDER"]))
        found.append(
            Step(
                pk=pk,
                day=day,
                position=pk,
                kind=kind,
                send_option=option,
                send_time=draw(times) if option == "AT_TIME" else None,
            )
        )
    return found


@st.composite
def clocks(draw):
    return Clock(
        starts_at=draw(moments),
        zone=draw(st.sampled_from(ZONES)),
        skips_weekends=draw(st.booleans()),
        opens=draw(times),
    )


@given(steps=steps(), clock=clocks())
def test_every_step_comes_once_in_order_and_never_before_the_one_it_follows(steps, clock):
    planned = outline(steps=steps, clock=clock)

    assert [item.step for item in planned] == steps
    earliest = clock.starts_at
    for item in planned:
        assert item.at >= earliest
        earliest = item.at


@given(steps=steps(), clock=clocks())
def test_no_step_falls_on_a_weekend_where_they_are_skipped(steps, clock):
    for item in outline(steps=steps, clock=clock):
        assert not clock.skips_weekends or clock.local(item.at).weekday() < 5


@given(steps=steps(), clock=clocks())
def test_steps_of_different_days_fall_on_different_dates(steps, clock):
    dates = {}
    for item in outline(steps=steps, clock=clock):
        dates.setdefault(clock.local(item.at).date(), set()).add(item.step.day)

    assert all(len(days) == 1 for days in dates.values())


@given(steps=steps(), clock=clocks())
def test_an_email_with_a_fixed_time_goes_at_that_time_unless_it_follows_another(steps, clock):
    before = None
    for item in outline(steps=steps, clock=clock):
        is_alone = before is None or before.day != item.step.day or not is_automatic_email(before)
        if is_alone and is_automatic_email(item.step) and item.step.send_time:
            wanted = datetime.combine(clock.local(item.at).date(), item.step.send_time, clock.zone)
            assert item.at == wanted.astimezone(UTC)
        before = item.step


@given(steps=steps(), clock=clocks(), late=st.integers(0, 20_000), data=st.data())
def test_what_follows_a_late_step_counts_from_when_it_was_over(steps, clock, late, data):
    last = data.draw(st.sampled_from(steps))
    over_at = clock.starts_at + timedelta(minutes=late)
    progress = Progress(begun=frozenset({last.pk}), last=last, last_at=over_at)

    planned = plan_next(steps=steps, progress=progress, clock=clock)

    if planned is None:
        assert last == steps[-1]
        return
    assert planned.at >= over_at
    days = (clock.local(planned.at).date() - clock.local(over_at).date()).days
    assert days >= planned.step.day - last.day


@given(clock=clocks(), now=moments, hours=st.integers(1, 8), seconds=st.integers(1, 3600))
def test_overdue_emails_are_spread_over_the_hours(clock, now, hours, seconds):
    clock = Clock(
        starts_at=clock.starts_at,
        zone=clock.zone,
        skips_weekends=clock.skips_weekends,
        opens=time(9),
    )
    moments = slots(clock=clock, now=now, closes=time(9 + hours), every=timedelta(seconds=seconds))

    before = None
    for moment, _number in zip(moments, range(60), strict=False):
        local = clock.local(moment)
        assert moment >= now
        assert time(9) <= local.time() < time(9 + hours)
        assert not clock.skips_weekends or local.weekday() < 5
        assert before is None or moment - before >= timedelta(seconds=seconds)
        before = moment
