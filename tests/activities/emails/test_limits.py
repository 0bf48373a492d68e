"""Caps and throttles: what is too much now goes out later, at a pace, and says when."""

from collections import Counter
from datetime import timedelta

import pytest

from activities.emails.failures import Code
from activities.emails.models import DeliveryChannel, Email, EmailSettings
from activities.emails.sending import send_due
from activities.emails.throttle import take_slot
from tests.activities.factories import NOW, make_channel, make_email, make_identity
from tests.factories import make_people, make_user

pytestmark = pytest.mark.django_db
State = Email.State


@pytest.fixture
def queue_up(seller, identity):
    def queue_up(count, *, sender=seller):
        return [make_email(sender, person, state=State.SCHEDULED) for person in make_people(count)]

    return queue_up


def waits():
    """How many wait until when, in whole minutes from NOW; the test itself takes less than one."""
    waiting = Email.objects.filter(state=State.SCHEDULED)
    return Counter((email.next_attempt_at - NOW) // timedelta(minutes=1) for email in waiting)


def test_the_throttle_spreads_what_is_too_much_over_its_windows(queue_up, seller, mail):
    make_channel(seller, mail=mail, throttle_emails=10, throttle_seconds=600)
    queue_up(45)

    send_due(now=NOW)

    assert mail.count() == 10
    assert waits() == {10: 10, 20: 10, 30: 10, 40: 5}
    email = Email.objects.filter(state=State.SCHEDULED).first()
    assert (email.reason_code, email.reason) == (
        Code.THROTTLED,
        "The mail server gets 10 emails in 600 seconds.",
    )


def test_each_window_sends_its_share(queue_up, seller, mail):
    make_channel(seller, mail=mail, throttle_emails=10, throttle_seconds=600)
    queue_up(25)
    sent = []

    for window in range(4):
        send_due(now=NOW + timedelta(minutes=11 * window))
        sent.append(mail.count())

    assert sent == [10, 20, 25, 25]
    assert Email.objects.filter(state=State.SENT, reason="").count() == 25


def test_the_oldest_go_first(queue_up, seller, mail):
    make_channel(seller, mail=mail, throttle_emails=1, throttle_seconds=60)
    *_newer, third = queue_up(3)
    Email.objects.filter(pk=third.pk).update(next_attempt_at=NOW - timedelta(hours=1))

    send_due(now=NOW)

    third.refresh_from_db()
    assert third.state == State.SENT


def test_the_teams_channel_has_one_throttle_for_all(queue_up, seller, mail):
    make_channel(mail=mail, throttle_emails=10, throttle_seconds=600)
    other = make_user()
    make_identity(other)
    queue_up(8)
    queue_up(8, sender=other)

    send_due(now=NOW)

    assert mail.count() == 10
    assert waits() == {10: 6}


def test_a_throttled_colleague_keeps_nobody_else_waiting(queue_up, seller, mail):
    make_channel(seller, mail=mail, throttle_emails=1, throttle_seconds=600)
    make_channel(mail=mail)
    other = make_user()
    make_identity(other)
    queue_up(30)
    queue_up(5, sender=other)

    send_due(now=NOW)

    assert Email.objects.filter(sender=other, state=State.SENT).count() == 5


def test_what_exceeds_the_day_goes_out_on_the_next_ones(queue_up, seller, mail):
    EmailSettings.objects.create(pk=1, daily_cap=2)
    make_channel(seller, mail=mail)
    queue_up(5)

    send_due(now=NOW)

    assert mail.count() == 2
    assert waits() == {14 * 60: 2, 38 * 60: 1}
    email = Email.objects.filter(state=State.SCHEDULED).first()
    assert (email.reason_code, email.reason) == (
        Code.DAILY_CAP,
        "2 emails a day are the limit.",
    )
    send_due(now=NOW + timedelta(hours=14))
    assert mail.count() == 4


def test_what_a_server_refused_does_not_count(queue_up, seller, mail):
    EmailSettings.objects.create(pk=1, daily_cap=2)
    make_channel(seller, mail=mail)
    queue_up(3)
    mail.add_fault("refuse", "rcpt", code=550)

    send_due(now=NOW)

    assert mail.count() == 2


def test_what_only_waits_is_not_looked_at_again_before_its_time(
    queue_up, seller, mail, django_assert_num_queries
):
    make_channel(seller, mail=mail, throttle_emails=1, throttle_seconds=600)
    queue_up(30)
    send_due(now=NOW)

    with django_assert_num_queries(3):
        assert send_due(now=NOW + timedelta(seconds=590)) == 0


def test_a_paused_channel_says_when_it_goes_on(queue_up, seller, mail):
    make_channel(seller, mail=mail)
    DeliveryChannel.objects.update(
        paused_until=NOW + timedelta(seconds=120), state_reason="421 Going down"
    )
    (email,) = queue_up(1)

    send_due(now=NOW)

    assert waits() == {2: 1}
    email.refresh_from_db()
    assert (email.reason_code, email.reason) == (Code.CHANNEL_PAUSED, "421 Going down")


def test_a_worker_whose_clock_is_a_little_behind_opens_no_new_window(seller):
    channel = make_channel(seller, throttle_emails=1, throttle_seconds=60)

    assert take_slot(channel=channel, now=NOW) is None
    wait = take_slot(channel=channel, now=NOW - timedelta(seconds=1))

    assert (wait.code, wait.until) == (Code.THROTTLED, NOW + timedelta(seconds=60))
