from datetime import UTC, date, datetime

import pytest

from syncing.marketo.central_time import marketo_day, quota_resets_at


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day", "ends"),
    [
        ("2026-01-15 05:59", date(2026, 1, 14), "2026-01-15 06:00"),
        ("2026-01-15 06:00", date(2026, 1, 15), "2026-01-16 06:00"),
        ("2026-07-15 05:00", date(2026, 7, 15), "2026-07-16 05:00"),
        ("2026-03-08 12:00", date(2026, 3, 8), "2026-03-09 05:00"),  # 23 hours long
        ("2026-11-01 12:00", date(2026, 11, 1), "2026-11-02 06:00"),  # 25 hours long
    ],
)
def test_marketos_day_is_the_one_in_chicago(now, day, ends):
    found = marketo_day(utc(now))

    assert (found.date, found.ends) == (day, utc(ends))


@pytest.mark.parametrize(
    ("used_up", "resets"),
    [
        ("2026-01-15 20:00", "2026-01-16 06:00"),
        ("2026-07-15 20:00", "2026-07-16 05:00"),
        # In summer Marketo may mean 1 AM by "12:00 AM CST".
        ("2026-07-16 05:30", "2026-07-16 06:00"),
        # Marketo's clock is behind ours: not a whole day lost for that.
        ("2026-01-16 06:02", "2026-01-16 06:07"),
    ],
)
def test_a_used_up_quota_is_new_at_the_next_midnight_that_marketo_can_mean(used_up, resets):
    assert quota_resets_at(utc(used_up)) == utc(resets)
