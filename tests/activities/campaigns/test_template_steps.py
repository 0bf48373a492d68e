"""A template changes, and the steps of campaigns that use it follow when they are told to."""

import pytest
from django.urls import reverse

from activities.emails.models import Email
from tests.activities.campaigns.conftest import add_email, add_members, make_campaign, sweep
from tests.activities.factories import make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(seller):
    return make_template(seller, subject="New subject", body_html="<p>New</p>")


@pytest.fixture
def step(campaign, template):
    return add_email(campaign, option="AT_LAUNCH", template=template)


def address(template):
    return reverse("campaigns:template-steps", args=[template.pk])


def offered(client, template):
    return client.get(reverse("templates:template", args=[template.pk])).text


def test_saving_a_template_offers_to_update_the_steps_that_use_it(
    seller_client, template, step, campaign
):
    template_page = reverse("templates:template", args=[template.pk])
    seen_at = seller_client.get(template_page).context["form"]["seen_at"].value()

    page = seller_client.post(
        template_page,
        {
            "seen_at": seen_at,
            "name": template.name,
            "category": template.category_id,
            "subject": "Newer",
            "body_html": "<p>Newer</p>",
        },
        follow=True,
    ).text

    assert "is saved." in page
    assert "Update the campaign step that uses it" in page
    assert "Outreach · Day 1" in seller_client.get(address(template)).text


def test_the_ticked_steps_get_the_text_and_the_others_keep_theirs(
    seller_client, template, step, campaign
):
    other = add_email(campaign, 2, template=template)

    page = seller_client.post(address(template), {"step": step.pk}, follow=True).text

    assert "1 step updated." in page
    step.refresh_from_db()
    other.refresh_from_db()
    assert (step.subject, step.body_html) == ("New subject", "<p>New</p>")
    assert other.body_html == "<p>Hello</p>"
    assert "Update the campaign step that uses it" in offered(seller_client, template)


def test_an_answer_in_the_thread_gets_the_body_alone(seller_client, template, step, campaign):
    answer = add_email(campaign, 2, template=template, is_follow_up=True, subject="")

    seller_client.post(address(template), {"step": [step.pk, answer.pk]})

    answer.refresh_from_db()
    assert (answer.subject, answer.body_html) == ("", "<p>New</p>")
    assert "campaign step" not in offered(seller_client, template)


def test_campaigns_of_others_are_left_alone(seller_client, other_seller, template):
    theirs = add_email(make_campaign(other_seller), template=template)

    assert "campaign step" not in offered(seller_client, template)
    seller_client.post(address(template), {"step": theirs.pk})

    theirs.refresh_from_db()
    assert theirs.body_html == "<p>Hello</p>"


def test_an_admin_updates_anybodys_steps(admin_client, template, step):
    admin_client.post(address(template), {"step": step.pk})

    step.refresh_from_db()
    assert step.body_html == "<p>New</p>"


def test_somebody_elses_private_template_is_not_there(client, other_seller, template):
    client.force_login(other_seller)

    assert client.get(address(template)).status_code == 404


def test_what_is_queued_keeps_its_text(seller_client, template, step, campaign):
    add_members(campaign)
    sweep()

    seller_client.post(address(template), {"step": step.pk})

    assert Email.objects.get().body_html == "<p>Hello</p>"
