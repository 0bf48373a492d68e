from datetime import timedelta

import pytest

from activities.campaigns.models import Member
from activities.campaigns.services import remove_members
from activities.campaigns.sweep import stop_removed_people
from activities.emails.failures import Stop
from activities.emails.gate_context import GateContext
from activities.emails.gates import verdict_on
from activities.emails.models import Email, InboundMessage
from activities.emails.services import retry
from activities.emails.settling import settle_failed, settle_sent
from activities.emails.signals import email_bounced, email_replied
from activities.models import Activity
from activities.reminders.models import Reminder
from syncing.people_sync.removals import remove_people
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
from tests.factories import make_person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def answer(email, kind="REPLY", now=LATER):
    message = InboundMessage.objects.create(
        email=email,
        kind=kind,
        uid=1,
        uid_validity=1,
        message_id=f"{kind}@prospect.example.com",
        received_at=now,
        created_at=now,
    )
    email_replied.send(sender=Email, email=email, message=message, now=now)


def bounce(email, now=LATER):
    email.state, email.reason = Email.State.BOUNCED, "550 No such user"
    email.save()
    email_bounced.send(sender=Email, email=email, now=now)


def started(campaign):
    """A member whose first email was sent; the second is ahead."""
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2)
    (member,) = add_members(campaign)
    sweep()
    send_queued()
    return member


def removals():
    return Activity.objects.filter(kind="CAMPAIGN_REMOVED").count()


def test_a_reply_ends_the_campaign_and_is_recorded_as_a_removal(campaign):
    member = started(campaign)
    answer(Email.objects.get())

    member.refresh_from_db()
    assert (member.state, member.ended_at, member.is_success) == ("REPLIED", LATER, False)
    assert "Day 1" in member.note
    assert removals() == 1


def test_a_reply_can_be_a_success(seller, identity):
    member = started(make_campaign(seller, marks_success_on_reply=True))
    answer(Email.objects.get())

    member.refresh_from_db()
    assert member.is_success


def test_a_reply_may_be_a_success_without_an_end(seller, identity):
    member = started(make_campaign(seller, marks_success_on_reply=True, ends_on_reply=False))
    answer(Email.objects.get())

    member.refresh_from_db()
    assert (member.state, member.is_success) == ("ACTIVE", True)


def test_an_out_of_office_answer_is_ignored(campaign):
    member = started(campaign)
    answer(Email.objects.get(), kind="OUT_OF_OFFICE")

    member.refresh_from_db()
    assert member.state == "ACTIVE"


def test_an_out_of_office_answer_ends_the_campaign_where_it_counts_as_a_reply(seller, identity):
    campaign = make_campaign(seller, ignores_out_of_office=False, marks_success_on_reply=True)
    member = started(campaign)
    answer(Email.objects.get(), kind="OUT_OF_OFFICE")

    member.refresh_from_db()
    assert (member.state, member.is_success) == ("REPLIED", False)


@pytest.mark.parametrize("kind", ["BOUNCE", "TEMPORARY_BOUNCE", "SPAM_COMPLAINT"])
def test_what_is_no_answer_does_not_end_as_one(campaign, kind):
    member = started(campaign)
    answer(Email.objects.get(), kind=kind)

    member.refresh_from_db()
    assert member.state == "ACTIVE"


def test_a_reply_ends_only_the_campaign_it_answers(campaign, seller):
    person = make_person()
    other = make_campaign(seller, "Other")
    for each in (campaign, other):
        add_email(each, option="AT_LAUNCH")
        add_email(each, 2)
        add_members(each, people=[person])
    sweep()
    send_queued()
    answer(Email.objects.get(campaign_id=campaign.pk))

    states = dict(Member.objects.values_list("campaign__name", "state"))
    assert states == {"Outreach": "REPLIED", "Other": "ACTIVE"}


def test_a_bounce_removes_the_person(campaign):
    member = started(campaign)
    bounce(Email.objects.get())

    member.refresh_from_db()
    assert (member.state, member.note) == ("BOUNCED", "550 No such user")
    assert removals() == 1


def test_a_bounce_may_be_let_pass(seller, identity):
    member = started(make_campaign(seller, removes_on_bounce=False))
    bounce(Email.objects.get())

    member.refresh_from_db()
    assert member.state == "ACTIVE"


def test_what_waits_to_be_sent_is_cancelled_not_failed(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    assert remove_members(members=[member], by=seller, now=LATER) == 1

    email = Email.objects.get()
    assert (email.state, email.reason_code) == ("CANCELLED", "CAMPAIGN_ENDED")
    assert runs(member) == [(1, "CANCELLED")]
    member.refresh_from_db()
    assert (member.state, member.note) == ("REMOVED", "Removed by Sam Seller")


def test_open_reminders_are_closed_as_skipped(campaign, seller):
    add_call(campaign)
    add_email(campaign, 2)
    (member,) = add_members(campaign)
    sweep()
    remove_members(members=[member], by=seller, now=LATER)

    assert Reminder.objects.get().state == "SKIPPED"
    assert runs(member) == [(1, "CANCELLED")]
    member.refresh_from_db()
    assert member.state == "REMOVED"


def test_to_remove_somebody_again_records_nothing(campaign, seller):
    member = started(campaign)
    remove_members(members=[member], by=seller, now=LATER)

    assert remove_members(members=[member], by=seller, now=LATER) == 0
    assert removals() == 1


def test_an_email_on_its_way_arrives_after_the_end(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    email = Email.objects.get()
    email.state, email.lease_until, email.transmitting_at = "IN_PROGRESS", LATER, NOW
    email.save()
    remove_members(members=[member], by=seller, now=LATER)
    assert runs(member) == [(1, "OPEN")]

    email.message_id = "a@example.com"
    email.save()
    settle_sent(email=email, sent_at=LATER, now=LATER)
    assert runs(member) == [(1, "DONE")]
    member.refresh_from_db()
    assert member.state == "REMOVED"


def test_a_failed_email_of_an_ended_campaign_is_not_sent_by_a_retry(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    email = Email.objects.get()
    settle_failed(email=email, stop=Stop("REFUSED", "No"), now=NOW)
    remove_members(members=[member], by=seller, now=LATER)
    email = retry(email=email, now=LATER)

    verdict = verdict_on(email, GateContext([email], LATER))
    assert verdict.code == "CAMPAIGN_ENDED"


def test_people_who_left_the_workspace_are_found_though_nothing_is_due(campaign):
    add_call(campaign)
    person = make_person()
    (member,) = add_members(campaign, people=[person])
    sweep()
    remove_people({person.marketo_id: "OWNER_LOST"}, now=NOW)

    assert stop_removed_people(now=LATER) == 1
    member.refresh_from_db()
    assert (member.state, member.note) == ("REMOVED", "No longer has a sales owner")
    assert Reminder.objects.get().state == "SKIPPED"
