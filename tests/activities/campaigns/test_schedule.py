from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from activities.campaigns.models import Step
from activities.campaigns.schedule import Clock, Progress, outline, plan_next

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def email(day, option="SAME_TIME", at=None, position=0, kind="EMAIL"):
    return Step(
        pk=day * 100 + position,
        day=day,
        position=position,
        kind=kind,
        send_option=option,
        send_time=at,
    )


def call(day, position=0):
    return email(day, position=position, kind="CALL")


def clock(starts_at, zone=BERLIN, *, skips_weekends=True):
    return Clock(starts_at=starts_at, zone=zone, skips_weekends=skips_weekends, opens=time(9))


def moments(steps, starts_at, zone=BERLIN, **options):
    planned = outline(steps=steps, clock=clock(starts_at, zone, **options))
    return [f"{item.at.astimezone(zone):%a %d %H:%M}" for item in planned]


def berlin(day, hour, minute=0):
    """A moment of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def test_the_first_email_goes_at_launch_and_later_ones_at_the_same_time_of_their_days():
    steps = [email(1, "AT_LAUNCH"), email(2), email(4)]

    assert moments(steps, berlin(23, 10, 20)) == ["Mon 23 10:20", "Tue 24 10:20", "Thu 26 10:20"]


def test_days_of_a_weekend_are_not_counted():
    steps = [email(1, "AT_LAUNCH"), email(2), email(3)]

    assert moments(steps, berlin(26, 10)) == ["Thu 26 10:00", "Fri 27 10:00", "Mon 30 10:00"]


def test_days_of_a_weekend_count_where_they_are_not_skipped():
    steps = [email(1, "AT_LAUNCH"), email(2), email(3)]

    assert moments(steps, berlin(26, 10), skips_weekends=False) == [
        "Thu 26 10:00",
        "Fri 27 10:00",
        "Sat 28 10:00",
    ]


def test_a_start_on_a_saturday_waits_for_monday():
    assert moments([email(1, "AT_LAUNCH"), email(2)], berlin(28, 15)) == [
        "Mon 30 15:00",
        "Tue 01 15:00",
    ]


def test_the_weekend_is_that_of_the_sellers_time_zone():
    friday_evening_in_new_york = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)

    assert moments([email(1, "AT_LAUNCH")], friday_evening_in_new_york, NEW_YORK) == [
        "Fri 27 21:00"
    ]


def test_a_fixed_time_that_has_passed_at_launch_is_that_of_the_next_day():
    steps = [email(1, "AT_TIME", time(9)), email(2, "AT_TIME", time(8))]

    assert moments(steps, berlin(24, 22)) == ["Wed 25 09:00", "Thu 26 08:00"]


def test_two_emails_of_day_one_go_one_right_after_the_other():
    steps = [email(1, "AT_LAUNCH"), email(1, position=1), email(2)]

    assert moments(steps, berlin(23, 10)) == ["Mon 23 10:00", "Mon 23 10:00", "Tue 24 10:00"]


def test_the_second_email_of_a_later_day_takes_the_time_of_the_day_before():
    steps = [
        email(1, "AT_TIME", time(14)),
        email(2, "AT_TIME", time(10)),
        email(2, position=1),
    ]

    assert moments(steps, berlin(23, 8)) == ["Mon 23 14:00", "Tue 24 10:00", "Tue 24 14:00"]


def test_the_second_email_of_a_day_goes_at_once_when_that_time_has_passed():
    steps = [
        email(1, "AT_TIME", time(9)),
        email(2, "AT_TIME", time(15)),
        email(2, position=1),
        email(3),
    ]

    assert moments(steps, berlin(23, 8)) == [
        "Mon 23 09:00",
        "Tue 24 15:00",
        "Tue 24 15:00",
        "Wed 25 09:00",
    ]


def test_a_reminder_stands_from_the_hour_at_which_the_day_begins():
    assert moments([email(1, "AT_LAUNCH"), call(2)], berlin(23, 16)) == [
        "Mon 23 16:00",
        "Tue 24 09:00",
    ]


def test_a_reminder_of_the_first_day_stands_at_once_when_the_day_has_begun():
    assert moments([call(1)], berlin(23, 16)) == ["Mon 23 16:00"]


def planned_after(last, last_at, steps, **options):
    progress = Progress(begun=frozenset({last.pk}), last=last, last_at=last_at)
    planned = plan_next(steps=steps, progress=progress, clock=clock(berlin(23, 10)), **options)
    return f"{planned.at.astimezone(BERLIN):%a %d %H:%M}"


def test_the_step_after_a_reminder_counts_from_the_day_it_was_closed():
    steps = [call(1), email(3, "AT_TIME", time(9))]

    assert planned_after(steps[0], berlin(25, 17), steps) == "Fri 27 09:00"


def test_an_email_of_the_day_of_a_reminder_closed_too_late_waits_for_the_next_day():
    steps = [call(1), email(1, "AT_TIME", time(9), position=1)]

    assert planned_after(steps[0], berlin(25, 22), steps) == "Thu 26 09:00"


def test_a_reminder_closed_on_a_saturday_is_followed_on_monday():
    steps = [call(1), email(2, "AT_TIME", time(9))]

    assert planned_after(steps[0], berlin(28, 12), steps) == "Mon 30 09:00"


@pytest.mark.parametrize(
    ("resumed_at", "expected"),
    [
        (berlin(23, 11), "Tue 24 10:00"),
        (berlin(27, 8), "Fri 27 10:00"),
        (berlin(27, 11), "Mon 30 10:00"),
    ],
)
def test_what_fell_due_during_a_pause_comes_at_its_time_of_day_after_it(resumed_at, expected):
    steps = [email(1, "AT_LAUNCH"), email(2)]

    assert planned_after(steps[0], berlin(23, 10), steps, not_before=resumed_at) == expected


def test_a_step_put_before_the_last_one_never_comes():
    added, done, ahead = email(1), email(2), email(3)
    progress = Progress(begun=frozenset({done.pk}), last=done, last_at=berlin(24, 10))

    planned = plan_next(steps=[added, done, ahead], progress=progress, clock=clock(berlin(23, 10)))

    assert planned.step is ahead


def test_a_step_moved_behind_the_last_one_does_not_come_again():
    moved, last = email(5), email(2)
    progress = Progress(begun=frozenset({moved.pk, last.pk}), last=last, last_at=berlin(24, 10))

    assert plan_next(steps=[last, moved], progress=progress, clock=clock(berlin(23, 10))) is None


def test_the_time_of_day_stays_when_the_clocks_change():
    saturday = datetime(2026, 10, 24, 10, tzinfo=BERLIN).astimezone(UTC)
    planned = outline(
        steps=[email(1, "AT_LAUNCH"), email(2)], clock=clock(saturday, skips_weekends=False)
    )

    assert [item.at.hour for item in planned] == [8, 9]


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later():
    saturday = datetime(2026, 3, 28, 1, tzinfo=BERLIN).astimezone(UTC)
    planned = outline(
        steps=[email(2, "AT_TIME", time(2, 30))], clock=clock(saturday, skips_weekends=False)
    )

    assert planned[0].at.astimezone(BERLIN).time() == time(3, 30)
