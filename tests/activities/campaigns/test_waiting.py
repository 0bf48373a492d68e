"""What a seller sees, and can't do, while a member waits for an email."""

import pytest
from django.urls import reverse

from activities.emails.models import Email
from admin_config.models import Team
from tests.activities.campaigns.conftest import NOW, add_email, add_members, sweep
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def email(campaign):
    """The email of a step that a member waits for."""
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, people=[make_person(first_name="Bo", last_name="Berg")])
    sweep()
    return Email.objects.get()


def test_an_email_of_a_step_does_not_become_a_draft(seller_client, email):
    page = seller_client.post(reverse("emails:unschedule", args=[email.pk]), follow=True).text

    assert "“Outreach” waits for this email" in page
    assert "skip the step or to remove Bo Berg" in page
    email.refresh_from_db()
    assert email.state == Email.State.SCHEDULED


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        ("SCHEDULED", "", "once the email is sent"),
        ("SCHEDULED", "25 emails a day", "once the email is sent: 25 emails a day"),
        ("DRAFT", "", "once the email is sent, which is a draft"),
        ("UNCERTAIN", "", "Nobody knows whether the email went out: somebody has to decide"),
    ],
)
def test_the_member_page_and_the_person_say_what_is_waited_for(
    seller_client, email, state, reason, told
):
    email.state, email.reason = state, reason
    email.next_attempt_at = NOW if state == "SCHEDULED" else None
    email.save()

    for name, pk in (("members", email.campaign_id), ("about", email.person_id)):
        page = seller_client.get(reverse(f"campaigns:{name}", args=[pk])).text
        assert told in page
        assert f'href="{reverse("emails:email", args=[email.pk])}"' in page


def test_who_may_not_open_the_email_gets_no_link(client, other_seller, campaign, email):
    team = Team.objects.create(name="All")
    team.members.add(other_seller)
    campaign.teams.add(team)
    client.force_login(other_seller)

    page = client.get(reverse("campaigns:members", args=[campaign.pk])).text

    assert "once the email is sent" in page
    assert "Open the email" not in page
