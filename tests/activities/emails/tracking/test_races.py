"""Two workers over the same hits, and readers who come while a worker judges."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from activities.emails.models import Email, TrackingHit
from activities.emails.tracking.addresses import pixel_url
from activities.emails.tracking.judging import judge_hits
from activities.models import Activity
from tests.admin_config.concurrency import at_once

from .conftest import BROWSER

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_count_each_open_once(make_sent, later):
    emails = [make_sent() for _ in range(30)]
    TrackingHit.objects.bulk_create(
        TrackingHit(
            email=email,
            kind=TrackingHit.Kind.OPEN,
            occurred_at=later(60 + 100 * number),
            user_agent=BROWSER,
        )
        for email in emails
        for number in range(5)
    )

    def judge():
        return judge_hits(now=later(1_000))

    counts = at_once(judge, judge, judge)
    # Who was locked out of all that was left leaves the rest to the next sweep.
    assert sum(counts) + judge() == 150

    assert Activity.objects.count() == 150
    assert set(Email.objects.values_list("views", flat=True)) == {5}


def test_an_email_in_other_hands_is_left_for_the_next_sweep(email, make_sent, later):
    other = make_sent()
    for each in (email, other):
        TrackingHit.objects.create(
            email=each, kind="OPEN", occurred_at=later(60), user_agent=BROWSER
        )
    with transaction.atomic():
        Email.objects.select_for_update(no_key=True).get(pk=email.pk)
        (count,) = at_once(lambda: judge_hits(now=later(70)))

    assert count == 1
    assert judge_hits(now=later(80)) == 1


def test_a_reader_never_waits_for_the_judge(email):
    """A hit refers to the email whose row a worker holds."""
    address = pixel_url(email=email, base="http://testserver")
    answered = []

    def read():
        try:
            answered.append(Client().get(address).status_code)
        finally:
            connection.close()

    with transaction.atomic():
        Email.objects.select_for_update(no_key=True).get(pk=email.pk)
        Email.objects.filter(pk=email.pk).update(views=7)
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(timeout=10)
        assert answered == [200]

    assert TrackingHit.objects.count() == 1
