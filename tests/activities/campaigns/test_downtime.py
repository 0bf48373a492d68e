from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from activities.campaigns.models import Member
from activities.emails.models import Email
from activities.reminders.models import Reminder
from tests.activities.campaigns.conftest import (
    NOW,
    add_call,
    add_email,
    add_members,
    send_queued,
    sweep,
)
from tests.activities.factories import make_channel

pytestmark = pytest.mark.django_db
A_DAY_LATER = NOW + timedelta(days=1)


def planned():
    ahead = Member.objects.filter(next_step_at__isnull=False).order_by("next_step_at")
    return list(ahead.values_list("next_step_at", flat=True))


def test_a_sweep_that_is_a_little_late_sends_at_once(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 3)
    sweep(NOW + timedelta(minutes=29))

    assert Email.objects.count() == 3


def test_after_a_day_of_downtime_emails_are_spread_by_the_throttle(campaign, seller):
    make_channel(seller, throttle_emails=2, throttle_seconds=60)
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 10)
    sweep(A_DAY_LATER)

    # The first goes now, and then two a minute.
    assert Email.objects.count() == 1
    gaps = {later - earlier for earlier, later in zip(planned(), planned()[1:], strict=False)}
    assert gaps == {timedelta(seconds=30)}


def test_whoever_finds_no_place_in_the_hours_goes_on_the_next_day(campaign, seller):
    make_channel(seller, throttle_emails=1, throttle_seconds=1800)
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 5)
    afternoon = A_DAY_LATER.replace(hour=15, minute=45)
    sweep(afternoon)

    assert [f"{at:%a %H:%M}" for at in planned()] == [
        "Wed 16:15",
        "Wed 16:45",
        "Thu 09:00",
        "Thu 09:30",
    ]


def test_at_night_all_wait_for_the_hours_of_the_sellers_day(campaign, seller):
    seller.time_zone = "America/New_York"
    seller.save()
    make_channel(seller, throttle_emails=1, throttle_seconds=60)
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 2)
    sweep(NOW + timedelta(hours=20))

    assert not Email.objects.exists()
    zone = ZoneInfo("America/New_York")
    assert [f"{at.astimezone(zone):%a %H:%M}" for at in planned()] == ["Wed 09:00", "Wed 09:01"]


def test_what_was_spread_is_sent_at_its_new_time(campaign, seller):
    make_channel(seller, throttle_emails=1, throttle_seconds=60)
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 3)
    sweep(A_DAY_LATER)
    sweep(A_DAY_LATER + timedelta(seconds=59))
    assert Email.objects.count() == 1

    sweep(A_DAY_LATER + timedelta(seconds=60))
    assert Email.objects.count() == 2
    assert sweep(A_DAY_LATER + timedelta(seconds=120)) == 1


def test_each_campaign_has_its_own_hours(seller, identity, campaign):
    make_channel(seller, throttle_emails=1, throttle_seconds=60)
    campaign.sends_from, campaign.sends_until = "12:00", "13:00"
    campaign.save()
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign)
    sweep(A_DAY_LATER)

    assert planned() == [A_DAY_LATER.replace(hour=12)]


def test_overdue_reminders_are_all_there_at_once(campaign):
    add_call(campaign)
    add_members(campaign, 5)
    sweep(A_DAY_LATER)

    assert Reminder.objects.count() == 5


def test_the_day_after_a_late_email_is_counted_from_when_it_was_sent(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2)
    (member,) = add_members(campaign)
    sweep(A_DAY_LATER)
    send_queued(A_DAY_LATER)
    member.refresh_from_db()
    assert member.next_step_at == NOW + timedelta(days=2)
