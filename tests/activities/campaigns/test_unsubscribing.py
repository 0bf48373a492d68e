"""What becomes of people in campaigns when they unsubscribe."""

from datetime import timedelta

import pytest

from activities.campaigns.models import Member
from activities.campaigns.services import pause_members
from activities.emails.failures import Code, Stop
from activities.emails.models import Email
from activities.emails.settling import settle_failed
from activities.models import Activity
from activities.reminders.models import Reminder
from people.models import Unsubscribe
from people.unsubscribes import unsubscribe
from tests.activities.campaigns.conftest import (
    NOW,
    add_call,
    add_email,
    add_members,
    make_campaign,
    runs,
    send_queued,
    sweep,
)
from tests.activities.factories import make_template
from tests.factories import make_person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def stop(person, source=Unsubscribe.Source.CLICKED_LINK):
    unsubscribe(person=person, source=source, now=LATER)


def standing(member):
    member.refresh_from_db()
    return member.state, member.note


@pytest.mark.parametrize("source", Unsubscribe.Source.values)
def test_whoever_unsubscribes_leaves_before_the_next_email(campaign, source):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2)
    (member,) = add_members(campaign)
    sweep()
    send_queued()

    stop(member.person, source)

    assert standing(member) == ("REMOVED", "Unsubscribed")
    assert member.ended_at == LATER
    assert Activity.objects.filter(kind="CAMPAIGN_REMOVED", person=member.person).count() == 1


def test_an_email_that_waits_is_cancelled(campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()

    stop(member.person)

    assert standing(member) == ("REMOVED", "Unsubscribed")
    assert Email.objects.get().state == Email.State.CANCELLED
    assert runs(member) == [(1, "CANCELLED")]


def test_an_email_that_failed_for_it_is_not_waited_for(campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    settle_failed(email=Email.objects.get(), stop=Stop(Code.UNSUBSCRIBED, "No"), now=NOW)

    stop(member.person)

    assert standing(member) == ("REMOVED", "Unsubscribed")


def test_an_email_the_seller_was_to_send_counts_too(campaign):
    add_email(campaign, option="REMINDER")
    (member,) = add_members(campaign)
    sweep()

    stop(member.person)

    assert standing(member) == ("REMOVED", "Unsubscribed")
    assert Reminder.objects.get().state == Reminder.State.SKIPPED


def test_paused_people_leave_too(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    pause_members(members=[member], by=seller, now=NOW)

    stop(member.person)

    assert standing(member) == ("REMOVED", "Unsubscribed")


def test_calls_go_on(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_call(campaign, 2)
    (member,) = add_members(campaign)
    sweep()
    send_queued()

    stop(member.person)

    assert standing(member) == ("ACTIVE", "")


def test_emails_that_sell_nothing_go_on(campaign, seller):
    template = make_template(seller, is_non_commercial=True)
    add_email(campaign, option="AT_LAUNCH", template=template)
    (member,) = add_members(campaign)

    stop(member.person)

    assert standing(member) == ("ACTIVE", "")


def test_it_holds_in_every_campaign_and_for_the_same_address(campaign, seller):
    ann = make_person(email="office@prospect.example.com")
    bob = make_person(email="Office@prospect.example.com")
    other = make_person(email="other@prospect.example.com")
    for each in (campaign, make_campaign(seller, "Other")):
        add_email(each, option="AT_LAUNCH")
        add_members(each, people=[ann, bob, other])

    stop(ann)

    ended = Member.objects.filter(state="REMOVED")
    assert sorted(ended.values_list("person", flat=True)) == sorted([ann.pk, bob.pk] * 2)


def test_who_was_done_already_stays_finished(campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    send_queued()

    stop(member.person)

    assert standing(member) == ("FINISHED", "")
