from datetime import timedelta

import pytest

from activities.campaigns.editing import (
    archive_campaign,
    change_campaign,
    create_campaign,
    create_category,
    remove_step,
    save_step,
)
from activities.campaigns.models import Campaign, CampaignCategory, Launch, Member
from activities.campaigns.services import (
    pause_members,
    resume_members,
    retry_members,
    skip_step,
)
from activities.emails.failures import Stop
from activities.emails.models import Email
from activities.emails.services import retry
from activities.emails.settling import settle_failed
from activities.reminders.models import Reminder
from people.errors import Refused
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
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ready(campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_email(campaign, 2)
    return campaign


def test_a_campaign_without_steps_takes_nobody(campaign):
    with pytest.raises(Refused, match="no steps"):
        add_members(campaign)
    assert not Launch.objects.exists()


def test_at_most_200_people_are_added_at_a_time(ready):
    with pytest.raises(Refused, match="200 people at a time"):
        add_members(ready, 201)


def test_a_seller_has_at_most_200_people_running(ready, seller):
    add_members(ready, 200)
    other = make_campaign(seller, "Other")
    add_email(other, option="AT_LAUNCH")

    with pytest.raises(Refused, match="at most 0"):
        add_members(other)


def test_a_seller_launches_at_most_200_times_a_day(ready, seller):
    Launch.objects.bulk_create(
        Launch(campaign=ready, seller=seller, starts_at=NOW, time_zone="UTC", created_at=NOW)
        for _ in range(200)
    )
    with pytest.raises(Refused, match="Go on tomorrow"):
        add_members(ready)
    assert add_members(ready, now=NOW + DAY)


def test_a_person_is_in_a_campaign_once_at_a_time(ready):
    person = make_person(first_name="Ann", last_name="Lee")
    add_members(ready, people=[person])

    with pytest.raises(Refused, match="Already in this campaign: Ann Lee"):
        add_members(ready, people=[person, *make_people(1)])
    assert Member.objects.count() == 1


def test_a_person_who_finished_may_be_added_again(campaign):
    add_email(campaign, option="AT_LAUNCH")
    person = make_person()
    add_members(campaign, people=[person])
    sweep()
    send_queued()
    add_members(campaign, people=[person], now=NOW + DAY)
    sweep(NOW + DAY)

    assert Email.objects.count() == 2


def test_somebody_who_left_the_workspace_is_not_added(ready):
    person = make_person(first_name="Gone", last_name="Girl", removed_reason="DELETED")

    with pytest.raises(Refused, match="No longer here: Gone Girl"):
        add_members(ready, people=[person])


def test_an_archived_campaign_takes_nobody(ready):
    archive_campaign(campaign=ready, now=NOW)

    with pytest.raises(Refused, match="archived"):
        add_members(ready)


def test_a_start_that_has_passed_means_now(ready):
    (member,) = add_members(ready, starts_at=NOW - DAY)

    assert member.next_step_at == NOW


# Pause and resume


def test_nobody_paused_gets_a_step(ready, seller):
    (member,) = add_members(ready)
    assert pause_members(members=[member], by=seller, now=NOW) == 1

    assert sweep(NOW + 3 * DAY) == 0
    member.refresh_from_db()
    assert (member.state, member.note) == ("PAUSED", "Paused by Sam Seller")


def test_what_fell_due_in_a_pause_is_not_made_up_for_at_once(ready, seller):
    (member,) = add_members(ready)
    sweep()
    send_queued()
    pause_members(members=[member], by=seller, now=NOW)
    evening = NOW + 2 * DAY + timedelta(hours=9)
    assert resume_members(members=[member], by=seller, now=evening) == 1

    member.refresh_from_db()
    assert (member.state, member.next_step_at) == ("ACTIVE", NOW + 3 * DAY)


def test_an_email_sent_during_a_pause_does_not_end_the_pause(ready, seller):
    (member,) = add_members(ready)
    sweep()
    pause_members(members=[member], by=seller, now=NOW)
    send_queued()
    member.refresh_from_db()
    assert member.state == "PAUSED"

    resume_members(members=[member], by=seller, now=NOW)
    member.refresh_from_db()
    assert (member.state, member.next_step_at) == ("ACTIVE", NOW + DAY)


def test_who_waits_for_a_reminder_waits_for_it_again_after_a_pause(campaign, seller):
    add_call(campaign)
    (member,) = add_members(campaign)
    sweep()
    pause_members(members=[member], by=seller, now=NOW)
    resume_members(members=[member], by=seller, now=NOW)

    member.refresh_from_db()
    assert (member.state, runs(member)) == ("WAITING", [(1, "OPEN")])


# A step that failed


def failed(campaign):
    (member,) = add_members(campaign)
    sweep()
    settle_failed(email=Email.objects.get(), stop=Stop("NO_ADDRESS", "No address."), now=NOW)
    member.refresh_from_db()
    return member


def test_a_member_whose_email_failed_waits_with_the_reason(ready):
    member = failed(ready)

    assert (member.state, member.note) == ("WAITING", "No address.")
    assert runs(member) == [(1, "FAILED")]
    assert sweep(NOW + 5 * DAY) == 0


def test_a_failed_step_is_tried_again(ready, seller):
    member = failed(ready)
    assert retry_members(members=[member], by=seller, now=NOW) == 1
    assert Email.objects.get().state == "SCHEDULED"
    send_queued()

    member.refresh_from_db()
    assert (member.state, runs(member)) == ("ACTIVE", [(1, "DONE")])


def test_a_failed_email_retried_elsewhere_lets_the_campaign_go_on(ready):
    member = failed(ready)
    retry(email=Email.objects.get(), now=NOW)
    send_queued()

    member.refresh_from_db()
    assert (member.state, member.note) == ("ACTIVE", "")


def test_a_failed_step_is_skipped(ready, seller):
    member = failed(ready)
    assert skip_step(members=[member], by=seller, now=NOW) == 1

    member.refresh_from_db()
    assert (member.state, member.next_step.day) == ("ACTIVE", 2)
    assert runs(member) == [(1, "SKIPPED")]


def test_a_step_that_waits_for_the_seller_is_skipped_with_its_reminder(campaign, seller):
    add_call(campaign)
    add_email(campaign, 2)
    (member,) = add_members(campaign)
    sweep()
    assert skip_step(members=[member], by=seller, now=NOW) == 1

    assert Reminder.objects.get().state == "SKIPPED"
    member.refresh_from_db()
    assert (member.state, runs(member)) == ("ACTIVE", [(1, "SKIPPED")])


def test_there_is_nothing_to_try_again_while_a_step_is_open(ready, seller):
    (member,) = add_members(ready)
    sweep()

    assert retry_members(members=[member], by=seller, now=NOW) == 0


# Editing while people run


def test_who_was_about_to_begin_a_removed_step_goes_on_to_the_next(ready):
    add_email(ready, 3)
    (member,) = add_members(ready)
    sweep()
    send_queued()
    remove_step(step=ready.steps.get(day=2), now=NOW)

    member.refresh_from_db()
    assert (member.next_step.day, member.next_step_at) == (3, NOW + 2 * DAY)


def test_who_has_nothing_left_after_a_removal_is_finished(ready):
    (member,) = add_members(ready)
    sweep()
    send_queued()
    remove_step(step=ready.steps.get(day=2), now=NOW)

    member.refresh_from_db()
    assert member.state == "FINISHED"
    assert ready.steps.count() == 2


def test_a_step_added_ahead_comes_and_one_behind_does_not(ready):
    (member,) = add_members(ready)
    sweep()
    send_queued()
    add_call(ready, 1, subject="Behind? No: last of day 1")
    add_call(ready, 2, subject="Ahead")

    member.refresh_from_db()
    assert (member.next_step.day, member.next_step.kind) == (1, "CALL")


def test_another_time_of_a_step_holds_for_who_runs(ready):
    (member,) = add_members(ready)
    sweep()
    send_queued()
    step = ready.steps.get(day=2)
    save_step(step=step, now=NOW, send_option="AT_TIME", send_time="15:30:00")

    member.refresh_from_db()
    assert member.next_step_at == NOW + DAY + timedelta(hours=5, minutes=30)


def test_what_is_due_already_stays_due_when_the_campaign_is_edited(ready):
    (member,) = add_members(ready)
    change_campaign(campaign=ready, now=NOW + timedelta(seconds=5), teams=[], name="New")

    member.refresh_from_db()
    assert member.next_step_at == NOW


def test_there_are_at_most_500_campaigns_and_categories(seller):
    category = create_category(name="Full")
    Campaign.objects.bulk_create(
        Campaign(owner=seller, category=category, name="X", created_at=NOW, updated_at=NOW)
        for _ in range(500)
    )
    CampaignCategory.objects.bulk_create(CampaignCategory(name=f"C{i}") for i in range(499))

    with pytest.raises(Refused, match="500 campaigns"):
        create_campaign(owner=seller, category=category, name="Y", now=NOW)
    with pytest.raises(Refused, match="500 categories"):
        create_category(name="One more")
    assert create_category(name="full") == category
