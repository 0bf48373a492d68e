"""Several workers and tabs at once, and workers that die: on real connections."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from activities.calls.services import log_call
from activities.campaigns.models import Member, StepRun
from activities.campaigns.moves import locked_members
from activities.campaigns.services import launch, remove_members
from activities.campaigns.sweep import advance_due
from activities.emails.inbound.reading import read_message
from activities.emails.inbound.receiving import Place, receive
from activities.emails.models import Email
from activities.models import Activity
from activities.reminders.models import Reminder
from people.errors import Refused
from tests.activities.campaigns.conftest import (
    NOW,
    add_call,
    add_email,
    add_members,
    make_campaign,
    send_queued,
)
from tests.activities.emails.inbound.conftest import written
from tests.activities.factories import make_channel, make_identity
from tests.activities.logged import log
from tests.admin_config.concurrency import at_once
from tests.crossing import cross, wait_until_somebody_waits_for_a_lock
from tests.factories import make_people, make_person, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP = """
import django
django.setup()
from activities.campaigns.sweep import advance_due
from datetime import datetime
advance_due(now=datetime.fromisoformat("{now}"))
"""


@pytest.fixture
def ready():
    owner = make_user(email="owner@example.com")
    make_identity(owner)
    campaign = make_campaign(owner)
    add_email(campaign, option="AT_LAUNCH")
    return campaign


def test_two_sweeps_at_once_begin_every_step_once(ready):
    add_members(ready, 60)

    done = at_once(*[lambda: advance_due(now=NOW, batch=7)] * 2)

    assert sum(done) == 60
    assert Email.objects.count() == StepRun.objects.count() == 60
    assert Email.objects.values("person").distinct().count() == 60


def test_a_sweep_passes_by_members_that_another_holds(ready):
    held, free = add_members(ready, 2)
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=held.pk)
        assert at_once(lambda: advance_due(now=NOW)) == [1]
        assert StepRun.objects.get().member == free
    assert advance_due(now=NOW) == 1


def test_two_tabs_add_the_same_person_once(ready):
    person = make_person()

    def add():
        return launch(campaign=ready, seller=ready.owner, people=[person], starts_at=NOW, now=NOW)

    results = at_once(add, add)

    assert sorted(isinstance(result, Refused) for result in results) == [False, True]
    assert Member.objects.count() == 1
    assert Activity.objects.count() == 1


def test_two_sellers_add_the_same_person_once(ready):
    person = make_person()
    sellers = [ready.owner, make_user(email="second@example.com")]

    def add(seller):
        return lambda: launch(
            campaign=ready, seller=seller, people=[person], starts_at=NOW, now=NOW
        )

    results = at_once(*map(add, sellers))

    assert sorted(isinstance(result, Refused) for result in results) == [False, True]


def test_launches_at_once_do_not_pass_the_limit_of_running_people(ready):
    people = make_people(220)
    owner = get_user_model().objects.get(pk=ready.owner_id)

    def add(part):
        return lambda: launch(campaign=ready, seller=owner, people=part, starts_at=NOW, now=NOW)

    at_once(add(people[:110]), add(people[110:]))

    assert Member.objects.count() == 110


def test_a_removal_and_a_sweep_at_once_leave_nothing_to_be_sent(ready):
    members = add_members(ready, 20)

    at_once(
        lambda: advance_due(now=NOW, batch=3),
        lambda: remove_members(members=members, by=ready.owner, now=NOW),
    )

    assert set(Member.objects.values_list("state", flat=True)) == {"REMOVED"}
    assert not Email.objects.filter(state="SCHEDULED").exists()
    assert Activity.objects.filter(kind="CAMPAIGN_REMOVED").count() == 20


def test_a_removal_while_the_person_answers_harms_neither(ready):
    add_email(ready, 3)
    (member,) = add_members(ready)
    advance_due(now=NOW)
    send_queued()
    message = read_message(
        written(In_Reply_To=f"<{Email.objects.get().message_id}>"), received_at=NOW
    )
    place = Place(make_channel(ready.owner), 1, 1)

    @transaction.atomic
    def answer():
        return receive(message=message, place=place, now=NOW)

    cross(
        lambda: locked_members([member.pk]),
        answer,
        lambda: remove_members(members=[member], by=ready.owner, now=NOW),
    )

    kinds = ["CAMPAIGN_ADDED", "CAMPAIGN_REMOVED", "EMAIL_REPLIED", "EMAIL_SENT"]
    assert sorted(Activity.objects.values_list("kind", flat=True)) == kinds


def test_a_removal_while_the_call_of_a_step_is_logged_harms_neither():
    campaign = make_campaign(make_user())
    add_call(campaign)
    (member,) = add_members(campaign)
    advance_due(now=NOW)

    def call():
        return log_call(
            person=member.person,
            caller=campaign.owner,
            status="NO_ANSWER",
            called_at=NOW,
            now=NOW,
            reminder=Reminder.objects.get(),
        )

    cross(
        lambda: locked_members([member.pk]),
        call,
        lambda: remove_members(members=[member], by=campaign.owner, now=NOW),
    )

    kinds = ["CALL_RECEIVED", "CAMPAIGN_ADDED", "CAMPAIGN_REMOVED"]
    assert sorted(Activity.objects.values_list("kind", flat=True)) == kinds


def test_a_removal_of_many_while_they_open_emails_harms_neither(ready):
    first, second = make_people(2)
    members = [*add_members(ready, people=[second]), *add_members(ready, people=[first])]

    cross(
        lambda: log(first, ready.owner),
        lambda: remove_members(members=members, by=ready.owner, now=NOW),
        lambda: log(second, ready.owner),
    )

    assert Activity.objects.filter(kind="CAMPAIGN_REMOVED").count() == 2


def test_a_worker_killed_within_a_batch_leaves_no_trace_and_the_next_begins_all(ready):
    add_members(ready, 5)
    with transaction.atomic():
        # The worker has made the emails when it has to wait here.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE campaigns_steprun IN EXCLUSIVE MODE")
        worker = subprocess.Popen(
            [sys.executable, "-c", SWEEP.format(now=NOW.isoformat())],
            env={**os.environ, "DATABASE_URL": database_of_this_test()},
        )
        wait_until_somebody_waits_for_a_lock()
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=10)

    assert not Email.objects.exists()
    assert advance_due(now=NOW) == 5
    assert Email.objects.count() == StepRun.objects.count() == 5


def database_of_this_test():
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
