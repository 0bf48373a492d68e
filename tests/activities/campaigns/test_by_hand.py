"""An email step that the seller sends: from its reminder to the next step."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from activities.campaigns.models import Step, StepRun
from activities.emails.models import Email
from activities.reminders.models import Reminder
from tests.activities.campaigns.conftest import NOW, add_call, add_email, add_members, sweep
from tests.activities.factories import make_channel
from tests.factories import make_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def reminder(campaign):
    make_channel()
    add_email(campaign, option=Step.SendOption.REMINDER)
    add_call(campaign, day=2)
    add_members(campaign, people=make_people(1, first_name="Bo"))
    sweep()
    return Reminder.objects.get()


def opened(client, reminder):
    url = reverse("emails:compose")
    with time_machine.travel(NOW):
        return client.get(url, {"person": reminder.person_id, "reminder": reminder.pk})


def test_the_panel_begins_with_the_text_of_the_step(seller_client, reminder):
    page = opened(seller_client, reminder)

    assert "Day 1 for {{first_name}}" in page.text
    assert not Email.objects.exists()


def test_the_step_is_done_once_the_email_is_sent(seller_client, reminder):
    page = opened(seller_client, reminder)
    email = page.context["email"]

    with time_machine.travel(NOW):
        seller_client.post(
            reverse("emails:send"),
            {
                "key": uuid.uuid4(),
                "person": email.person_id,
                "reminder": reminder.pk,
                "subject": email.subject,
                "body_html": email.body_html,
            },
        )

    sent = Email.objects.get()
    assert (sent.state, sent.campaign_id) == ("SCHEDULED", reminder.campaign_id)
    assert StepRun.objects.get(reminder=reminder).state == StepRun.State.DONE


def test_a_reminder_of_a_call_begins_no_email(campaign, seller_client):
    make_channel()
    add_call(campaign)
    add_members(campaign)
    sweep()

    page = opened(seller_client, Reminder.objects.get())

    assert page.context["email"].subject == ""
