"""Workers that race, die at any instruction or come back late lose nothing, and send once."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone

from activities.emails import queue
from activities.emails.failures import Code
from activities.emails.gate_context import GateContext
from activities.emails.gates import verdict_on
from activities.emails.handover import Held, hand_over
from activities.emails.models import DeliveryChannel, Email, EmailBatch, EmailSettings
from activities.emails.sending import send_due, send_due_in_lanes
from activities.emails.services import cancel_emails
from activities.models import Activity
from tests.activities.emails.killing_server import killing_server
from tests.activities.factories import NOW, make_channel, make_email, make_identity
from tests.admin_config.concurrency import at_once
from tests.factories import make_people, make_person, make_user

State = Email.State
LEASE_OVER = timedelta(minutes=16)

WORKER = """
import sys
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from activities.emails.sending import send_due, send_due_in_lanes
send_due(now=timezone.now() + timedelta(minutes=int(sys.argv[1])))
"""


@pytest.fixture
def queued(transactional_db, seller):
    """Queue so many emails of a seller."""

    def queued(count, *, now=NOW):
        make_identity(seller)
        people = make_people(count)
        return [
            make_email(
                seller, person, state=State.SCHEDULED, scheduled_for=now, next_attempt_at=now
            )
            for person in people
        ]

    return queued


@pytest.fixture
def worker(monkeypatch):
    """Run a worker process on this test's database, so many minutes from now; its exit status."""
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", urlunsplit(database._replace(path=f"/{name}")))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "actions_app.settings.test")

    def worker(*, minutes, started=None):
        process = subprocess.Popen([sys.executable, "-c", WORKER, str(minutes)])
        if started:
            started(process.pid)
        return process.wait(60)

    return worker


STAGES = [
    ("connect", 0, 0.0),
    ("mail", 3, 0.0),
    ("rcpt", 3, 0.0),
    ("text", 3, 0.0),
    ("stored", 3, 0.0),
    # At the database, a moment after the server's answer.
    ("stored", 2, 0.002),
    ("stored", 2, 0.005),
    ("stored", 2, 0.009),
]


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(queued, worker, seller):
    emails = queued(50, now=timezone.now())
    with killing_server() as (killer, port):
        make_channel(seller, smtp_port=port)

        def started(pid):
            killer.pid = pid

        for number, (stage, after, delay) in enumerate(STAGES):
            killer.order(stage, after=after, delay=delay)
            assert worker(minutes=16 * number, started=started) == -9
        killer.order("never")
        assert worker(minutes=16 * len(STAGES)) == 0

    settled = {email.message_id: email.state for email in Email.objects.all()}
    assert len(settled) == len(emails)
    assert set(settled.values()) == {State.SENT, State.UNCERTAIN}
    assert max(killer.stored.values()) == 1
    sent = {key for key, state in settled.items() if state == State.SENT}
    uncertain = set(settled) - sent
    assert sent <= set(killer.stored)
    assert set(killer.stored) <= sent | uncertain
    # One for each kill after the mark was made.
    assert 1 <= len(uncertain) <= len(STAGES)
    assert Activity.objects.count() == len(sent)


def test_workers_that_race_send_each_email_once(queued, seller, mail):
    queued(60)
    make_channel(seller, mail=mail)

    at_once(*[lambda: send_due(now=NOW)] * 3)

    assert Email.objects.filter(state=State.SENT).count() == 60
    assert mail.count() == 60
    assert Activity.objects.count() == 60


def test_workers_that_race_keep_to_the_daily_cap(queued, seller, mail):
    EmailSettings.objects.create(pk=1, daily_cap=25)
    queued(60)
    make_channel(seller, mail=mail)

    at_once(*[lambda: send_due(now=NOW)] * 3)

    assert mail.count() == 25
    waiting = Email.objects.filter(state=State.SCHEDULED, reason_code=Code.DAILY_CAP)
    tomorrow = NOW.replace(hour=0) + timedelta(days=1)
    assert waiting.count() == 35
    assert waiting.filter(next_attempt_at__lt=tomorrow).count() == 0


def test_workers_that_race_keep_to_the_throttle(queued, seller, mail):
    queued(40)
    make_channel(seller, mail=mail, throttle_emails=10, throttle_seconds=600)

    at_once(*[lambda: send_due(now=NOW)] * 3)

    assert mail.count() == 10
    assert Email.objects.filter(state=State.SCHEDULED, reason_code=Code.THROTTLED).count() == 30


def test_two_workers_with_a_share_of_a_batch_write_to_each_address_once(
    transactional_db, seller, mail
):
    make_channel(seller, mail=mail)
    make_identity(seller)
    batch = EmailBatch.objects.create(sender=seller, kind="GROUP", created_at=NOW)
    for address in ("ann@example.com", "ANN@example.com"):
        make_email(seller, make_person(email=address), batch=batch, state=State.SCHEDULED)
    first, second = (queue.claim(sender=seller.pk, now=NOW, limit=1)[0] for _ in range(2))
    before, meanwhile = (GateContext([email], NOW) for email in (first, second))
    assert verdict_on(second, meanwhile) is None

    hand_over(email=first, context=before, now=NOW)

    with pytest.raises(Held) as held:
        hand_over(email=second, context=meanwhile, now=NOW)
    assert held.value.verdict.code == Code.DUPLICATE_ADDRESS


class TestLanes:
    @pytest.fixture
    def senders(self, transactional_db, mail):
        """Five sellers who use the team's channel, each with ten emails to send."""
        make_channel(mail=mail)
        senders = [make_user() for _ in range(5)]
        for sender in senders:
            make_identity(sender)
            for person in make_people(10):
                make_email(sender, person, state=State.SCHEDULED)
        return senders

    def test_together_they_send_everything_once(self, senders, mail):
        assert send_due_in_lanes(now=NOW, limit=100) == 50

        assert Email.objects.filter(state=State.SENT).count() == 50
        assert mail.count() == 50

    def test_a_server_that_takes_its_time_holds_up_few(self, senders, mail):
        make_channel(senders[0], mail=mail)
        mail.add_fault("hang", "mail", address=senders[0].email, seconds=2)

        send_due_in_lanes(now=NOW, limit=100)

        first_of_slow = Email.objects.filter(sender=senders[0]).order_by("sent_at").first()
        assert Email.objects.filter(sent_at__lt=first_of_slow.sent_at).exists()
        assert mail.count() == 50


@pytest.mark.django_db
class TestLease:
    def held(self, seller, **fields):
        defaults = {"state": State.IN_PROGRESS, "lease_until": NOW + queue.LEASE}
        return make_email(seller, **(defaults | fields))

    def test_it_keeps_others_away(self, seller, identity, channel, mail):
        self.held(seller)

        assert send_due(now=NOW + queue.LEASE) == 0

    def test_what_was_not_begun_is_sent_when_it_is_over(self, seller, identity, channel, mail):
        email = self.held(seller)

        assert send_due(now=NOW + LEASE_OVER) == 1

        email.refresh_from_db()
        assert email.state == State.SENT

    def test_what_was_begun_is_uncertain_when_it_is_over(self, seller, identity, channel, mail):
        email = self.held(seller, transmitting_at=NOW, message_id="x@example.com")

        assert send_due(now=NOW + LEASE_OVER) == 0

        email.refresh_from_db()
        assert (email.state, email.reason_code) == (State.UNCERTAIN, Code.WORKER_LOST)
        assert mail.count() == 0

    def test_one_from_before_the_clock_was_set_back_is_over(self, seller, identity, channel, mail):
        email = self.held(seller, lease_until=NOW + timedelta(days=400))

        assert send_due(now=NOW) == 1

        email.refresh_from_db()
        assert email.state == State.SENT

    def test_a_window_of_the_throttle_from_the_future_is_over(
        self, seller, identity, channel, mail
    ):
        DeliveryChannel.objects.update(
            throttle_emails=1,
            throttle_seconds=60,
            window_started_at=NOW + timedelta(days=1),
            window_emails=1,
        )
        make_email(seller, state=State.SCHEDULED)

        assert send_due(now=NOW) == 1
        assert mail.count() == 1


def test_a_worker_whose_email_was_taken_for_lost_still_settles_it(queued, seller, mail):
    """The clock jumps while the server takes its time: the email is uncertain, then known."""
    (email,) = queued(1)
    make_channel(seller, mail=mail)
    mail.add_fault("hang", "data", seconds=1.5, stored=True)

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(at_once, lambda: send_due(now=NOW))
        deadline = time.monotonic() + 10
        while not Email.objects.filter(transmitting_at__isnull=False).exists():
            assert time.monotonic() < deadline
        send_due(now=NOW + LEASE_OVER)
        email.refresh_from_db()
        assert email.state == State.UNCERTAIN
        sending.result(30)

    email.refresh_from_db()
    assert email.state == State.SENT
    assert mail.count() == 1
    assert Activity.objects.count() == 1


def test_what_is_cancelled_before_the_server_hears_of_it_is_not_sent(queued, seller, mail):
    queued(3)
    make_channel(seller, mail=mail)
    emails = queue.claim(sender=seller.pk, now=NOW, limit=3)

    assert (
        cancel_emails(
            emails=Email.objects.filter(pk=emails[0].pk), code="ENDED", reason="Ended.", now=NOW
        )
        == 1
    )
    queue.hand_back(emails=emails, now=NOW)
    send_due(now=NOW)

    assert sorted(Email.objects.values_list("state", flat=True)) == [
        State.CANCELLED,
        State.SENT,
        State.SENT,
    ]
    assert mail.count() == 2
