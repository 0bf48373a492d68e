from datetime import timedelta

import pytest

from activities.campaigns.models import Member, Step, StepRun
from activities.campaigns.sweep import advance_due
from activities.emails.models import Email
from activities.models import Activity
from activities.reminders.models import Reminder
from activities.reminders.services import complete_reminder, reopen_reminder, skip_reminder
from syncing.people_sync.removals import remove_people
from tests.activities.campaigns.conftest import (
    NOW,
    add_call,
    add_email,
    add_members,
    runs,
    send_queued,
    sweep,
)
from tests.factories import make_person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_launch_records_that_people_were_added(campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)

    activity = Activity.objects.get()
    assert (activity.kind, activity.person) == ("CAMPAIGN_ADDED", member.person)
    assert activity.details["campaign_name"] == "Outreach"
    assert activity.details["campaign_url"].endswith(f"/campaigns/{campaign.pk}/")


def test_the_first_email_is_queued_at_launch(campaign, identity):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()

    email = Email.objects.get()
    assert (email.person, email.sender, email.identity) == (
        member.person,
        campaign.owner,
        identity,
    )
    assert (email.state, email.next_attempt_at) == ("SCHEDULED", NOW)
    assert (email.campaign_id, email.campaign_name) == (campaign.pk, "Outreach")


def test_nothing_is_begun_before_its_time(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, starts_at=NOW + timedelta(hours=1))

    assert sweep(NOW + timedelta(minutes=59)) == 0
    assert sweep(NOW + timedelta(hours=1)) == 1


def test_the_next_step_comes_on_its_day_once_the_email_was_sent(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 3)
    (member,) = add_members(campaign)
    sweep()
    assert sweep(NOW + 5 * DAY) == 0

    send_queued()
    member.refresh_from_db()
    assert (member.state, member.next_step_at) == ("ACTIVE", NOW + 2 * DAY)


def test_a_member_finishes_after_the_last_step_and_no_removal_is_recorded(campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    send_queued()

    member.refresh_from_db()
    assert (member.state, member.ended_at) == ("FINISHED", NOW)
    assert not Activity.objects.filter(kind="CAMPAIGN_REMOVED").exists()


def test_a_step_for_the_seller_is_a_reminder_that_blocks_the_next(campaign):
    add_call(campaign, subject="Ask about the budget", notes="Be kind")
    add_email(campaign, 2, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()

    reminder = Reminder.objects.get()
    assert (reminder.kind, reminder.subject, reminder.notes) == (
        "CALL",
        "Ask about the budget",
        "Be kind",
    )
    assert (reminder.owner, reminder.campaign_id) == (campaign.owner, campaign.pk)
    assert sweep(NOW + 9 * DAY) == 0

    complete_reminder(reminder=reminder, now=NOW + DAY)
    member.refresh_from_db()
    assert (member.state, member.next_step_at) == ("ACTIVE", NOW + 2 * DAY)
    assert runs(member) == [(1, "DONE")]


def test_a_skipped_reminder_lets_the_campaign_go_on(campaign):
    add_call(campaign)
    add_email(campaign, 2, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    skip_reminder(reminder=Reminder.objects.get(), now=NOW)

    member.refresh_from_db()
    assert member.state == "ACTIVE"
    assert runs(member) == [(1, "SKIPPED")]


def test_a_reopened_reminder_blocks_again(campaign):
    add_call(campaign)
    add_email(campaign, 2, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    sweep()
    complete_reminder(reminder=Reminder.objects.get(), now=NOW)
    reopen_reminder(reminder=Reminder.objects.get(), now=NOW)

    member.refresh_from_db()
    assert (member.state, runs(member)) == ("WAITING", [(1, "OPEN")])


def test_an_email_the_seller_sends_by_hand_is_a_reminder(campaign):
    add_email(campaign, option="REMINDER", subject="Write to them")
    add_members(campaign)
    sweep()

    assert Reminder.objects.get().kind == "EMAIL"
    assert not Email.objects.exists()


def test_a_follow_up_answers_the_email_that_was_sent(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2, is_follow_up=True, subject="")
    add_members(campaign, 2)
    sweep()
    send_queued()
    sweep(NOW + DAY)

    for email in Email.objects.filter(state="SCHEDULED"):
        assert email.follow_up_to == Email.objects.get(state="SENT", person=email.person)


def test_an_edit_of_the_first_email_is_for_one_person_and_one_email(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2)
    members = add_members(campaign, 2)
    members[0].first_subject, members[0].first_body_html = "Just you", "<p>Dear</p>"
    members[0].save()
    sweep()
    send_queued()
    sweep(NOW + DAY)

    subjects = Email.objects.filter(person=members[0].person).order_by("pk")
    assert [email.subject for email in subjects] == ["Just you", "Day 2 for {{first_name}}"]
    other = Email.objects.filter(person=members[1].person).order_by("pk").first()
    assert other.subject == "Day 1 for {{first_name}}"


def test_a_person_who_left_the_workspace_leaves_the_campaign(campaign):
    add_email(campaign, option="AT_LAUNCH")
    person = make_person()
    (member,) = add_members(campaign, people=[person])
    remove_people({person.marketo_id: "DELETED"}, now=NOW)
    sweep()

    member.refresh_from_db()
    assert (member.state, member.note) == ("REMOVED", "Deleted in Marketo")
    assert not Email.objects.exists()


def test_one_member_that_the_database_refuses_does_not_stop_the_others(campaign):
    step = add_email(campaign, option="AT_LAUNCH")
    members = add_members(campaign, 3)
    StepRun.objects.create(member=members[1], step=step, due_at=NOW, started_at=NOW)
    sweep()

    states = [Member.objects.get(pk=member.pk) for member in members]
    assert Email.objects.count() == 2
    assert [member.state for member in states] == ["WAITING"] * 3
    assert "could not be begun" in states[1].note


def test_a_step_removed_while_somebody_comes_to_it_is_passed_over(campaign):
    add_email(campaign, option="AT_LAUNCH")
    removed = add_email(campaign, day=2)
    (member,) = add_members(campaign)
    sweep()
    send_queued()
    # As left behind by whoever read the steps before the removal was committed.
    Step.objects.filter(pk=removed.pk).update(removed_at=NOW)
    Member.objects.update(next_step_at=NOW)

    sweep()

    member.refresh_from_db()
    assert member.state == Member.State.FINISHED
    assert Email.objects.count() == 1


def test_a_step_is_begun_in_few_statements(campaign, django_assert_max_num_queries):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 50)

    with django_assert_max_num_queries(20):
        assert advance_due(now=NOW) == 50
