from datetime import date, timedelta

from admin_config.marketo.usage_chart import HEIGHT, usage_chart
from syncing.models import ApiUsage

TODAY = date(2026, 3, 7)


def chart(*days, cap=50_000):
    return usage_chart(days=days, cap=cap, today=TODAY)


def test_seven_days_up_to_today_also_where_nothing_is_known():
    bars = chart(ApiUsage(day=TODAY, total=10, own=4)).bars

    assert [bar.day for bar in bars] == [TODAY - timedelta(days=back) for back in range(6, -1, -1)]
    assert [bar.total for bar in bars] == [0, 0, 0, 0, 0, 0, 10]


def test_heights_are_in_proportion_to_the_busiest_day_however_few_its_calls():
    yesterday = TODAY - timedelta(days=1)
    shown = chart(ApiUsage(day=yesterday, total=40, own=10), ApiUsage(day=TODAY, total=20, own=10))

    assert (shown.today.total_height, shown.today.own_height) == (HEIGHT // 2, HEIGHT // 4)
    assert shown.today.total_y == HEIGHT // 2
    assert shown.bars[-2].total_height == HEIGHT


def test_more_calls_than_the_cap_stay_inside_the_picture():
    assert chart(ApiUsage(day=TODAY, total=100_000, own=0)).today.total_height == HEIGHT


def test_a_single_call_is_visible_and_none_is_not():
    busy = ApiUsage(day=TODAY - timedelta(days=1), total=5_000, own=0)
    today = chart(busy, ApiUsage(day=TODAY, total=1, own=0)).today

    assert today.total_height == 2
    assert today.own_height == 0
