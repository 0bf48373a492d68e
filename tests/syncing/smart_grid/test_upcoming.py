"""What is about to happen at an account."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.campaigns.models import Member
from activities.reminders.services import complete_reminder, create_reminder
from syncing.smart_grid.upcoming import MOST_SHOWN, upcoming_of
from tests.activities.campaigns.conftest import add_call, add_email, add_members, make_campaign
from tests.activities.factories import make_identity
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return make_person(first_name="Ann", last_name="Archer", company="Acme")


def remind(owner, person, subject="Call Ann", *, hours=1):
    now = timezone.now()
    due_at = now + timedelta(hours=hours)
    return create_reminder(
        owner=owner, kind="CALL", subject=subject, due_at=due_at, person=person, now=now
    )


def titles(people, user):
    return [one.title for one in upcoming_of(people, user=user)]


def test_own_open_reminders_come_in_the_order_they_are_due(seller, other_seller, ann):
    remind(seller, ann, "Later", hours=5)
    remind(seller, ann, "Overdue", hours=-5)
    remind(other_seller, ann, "Somebody else's")
    remind(seller, make_person(), "About another")
    complete_reminder(reminder=remind(seller, ann, "Done"), now=timezone.now())
    assert titles([ann], seller) == ["Overdue", "Later"]


def test_the_next_steps_of_running_campaigns_are_there_for_everybody(seller, other_seller, ann):
    make_identity(seller)
    campaign = make_campaign(seller, name="Spring")
    add_email(campaign)
    add_call(campaign, day=3)
    add_members(campaign, people=[ann])
    (one,) = upcoming_of([ann], user=other_seller)
    assert (one.title, one.person) == ("Spring", ann)
    assert one.at == Member.objects.get().next_step_at
    assert one.note.endswith("Sam Seller")


def test_no_more_than_the_first_ones_are_shown(seller):
    for person in make_people(MOST_SHOWN + 2):
        remind(seller, person)
    people = [reminder.person for reminder in seller.reminders.select_related("person")]
    assert len(titles(people, seller)) == MOST_SHOWN


def test_the_page_of_an_account_lists_them(seller_client, seller, ann):
    reminder = remind(seller, ann)
    address = f"{reverse('smart-grid:account')}?company=Acme"
    page = seller_client.get(address).content.decode()
    assert "Upcoming" in page
    assert reverse("reminders:edit", args=[reminder.pk]) in page


def test_an_account_without_plans_has_no_such_list(seller_client, ann):
    page = seller_client.get(f"{reverse('smart-grid:account')}?company=Acme").content.decode()
    assert "Upcoming" not in page
