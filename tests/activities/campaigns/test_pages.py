import pytest
import time_machine

from activities.campaigns.models import Campaign, Member, Step
from activities.emails.models import Email
from admin_config.models import Team
from people.models import Group
from tests.activities.campaigns.conftest import (
    NOW,
    add_call,
    add_email,
    add_members,
    make_campaign,
    send_queued,
    sweep,
)
from tests.activities.factories import make_channel, make_template
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def html(response):
    assert response.status_code == 200
    return response.content.decode()


SETTINGS = {
    "name": "Autumn",
    "new_category": "Sales",
    "sends_from": "09:00",
    "sends_until": "17:00",
}
EMAIL = {
    "day": 1,
    "kind": "EMAIL",
    "subject": "Hello {{first_name}}",
    "body_html": "<p>Hi</p>",
    "send_option": "AT_LAUNCH",
}


def test_a_campaign_is_made_with_a_new_category(seller_client, seller):
    response = seller_client.post("/campaigns/new/", {**SETTINGS, "skips_weekends": "on"})

    campaign = Campaign.objects.get()
    assert response.url == f"/campaigns/{campaign.pk}/"
    assert (campaign.owner, campaign.category.name) == (seller, "Sales")
    assert (campaign.skips_weekends, campaign.ends_on_reply) == (True, False)


def test_hours_that_end_before_they_begin_are_refused(seller_client):
    page = html(seller_client.post("/campaigns/new/", {**SETTINGS, "sends_until": "08:00"}))

    assert "later than the time before it" in page
    assert not Campaign.objects.exists()


def test_an_email_step_opened_as_a_page_has_the_editor(seller_client, seller):
    campaign = make_campaign(seller)
    step = add_email(campaign)

    for path in (f"/campaigns/steps/{step.pk}/", f"/campaigns/{campaign.pk}/steps/new/?kind=EMAIL"):
        page = html(seller_client.get(path))
        assert "data-editor-bar" in page
        assert "js/editor" in page


def test_the_list_shows_own_and_shared_campaigns_by_category(seller_client, seller, other_seller):
    make_campaign(seller, "Mine")
    shared = make_campaign(other_seller, "Shared with us")
    shared.teams.add(Team.objects.everyone())
    make_campaign(other_seller, "Private")

    page = html(seller_client.get("/campaigns/"))

    assert "Mine" in page
    assert "Shared with us" in page
    assert "Private" not in page
    assert "Private" not in html(seller_client.get("/campaigns/?view=team&q=shared"))


def test_an_admin_sees_the_campaigns_of_any_owner(admin_client, seller, other_seller):
    make_campaign(seller, "Of Sam")
    make_campaign(other_seller, "Of Olga")

    page = html(admin_client.get(f"/campaigns/?owner={seller.pk}"))

    assert "Of Sam" in page
    assert "Of Olga</a>" not in page


def test_the_list_counts_people(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 3)
    Member.objects.filter(pk=Member.objects.first().pk).update(is_success=True)

    assert "33 %" in html(seller_client.get("/campaigns/"))


def test_somebody_elses_campaign_is_not_there(seller_client, other_seller):
    campaign = make_campaign(other_seller)

    assert seller_client.get(f"/campaigns/{campaign.pk}/").status_code == 404


def test_a_shared_campaign_can_be_read_and_cloned_but_not_changed(
    seller_client, seller, other_seller
):
    campaign = make_campaign(other_seller)
    campaign.teams.add(Team.objects.everyone())
    step = add_email(campaign, option="AT_LAUNCH")

    page = html(seller_client.get(f"/campaigns/{campaign.pk}/"))
    assert "Add a day" not in page
    assert seller_client.get(f"/campaigns/{campaign.pk}/edit/").status_code == 403
    assert seller_client.post(f"/campaigns/steps/{step.pk}/remove/").status_code == 403

    seller_client.post(f"/campaigns/{campaign.pk}/clone/")
    copy = Campaign.objects.get(owner=seller)
    assert [each.subject for each in copy.steps.all()] == [step.subject]
    assert copy.teams.count() == 0


def test_steps_are_told_with_their_day_and_time(seller_client, seller, campaign):
    seller.time_zone = "Europe/Berlin"
    seller.save()
    add_email(campaign, option="AT_TIME")
    add_email(campaign, 2, is_follow_up=True)

    page = html(seller_client.get(f"/campaigns/{campaign.pk}/"))

    assert "Day 2" in page
    assert "09:00 · " in page
    assert "as a reply in the same thread" in page


def test_a_step_is_added(seller_client, campaign):
    seller_client.post(f"/campaigns/{campaign.pk}/steps/new/", EMAIL)

    step = campaign.steps.get()
    assert (step.subject, step.send_option) == ("Hello {{first_name}}", "AT_LAUNCH")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"send_option": "AT_TIME"}, "Say at what time."),
        ({"subject": ""}, "An email needs a subject."),
        ({"body_html": ""}, "An email needs a text."),
        ({"subject": "Hello {{frist_name}}"}, "no dynamic field {{frist_name}}"),
        ({"kind": "CALL", "subject": ""}, "Say what is to be done."),
        ({"day": 400}, "A day is a number from 1 to 365."),
    ],
)
def test_a_step_that_would_never_work_is_refused(seller_client, campaign, fields, error):
    page = html(seller_client.post(f"/campaigns/{campaign.pk}/steps/new/", EMAIL | fields))

    assert error in page
    assert not Step.objects.exists()


def test_a_step_that_is_no_email_asks_for_no_text(seller_client, campaign):
    page = html(seller_client.get(f"/campaigns/{campaign.pk}/steps/new/?kind=CALL&day=2"))
    assert 'name="body_html"' not in page
    assert 'name="send_time"' in page

    data = {"day": 2, "kind": "CALL", "subject": "Ring", "send_time": "14:00"}
    seller_client.post(f"/campaigns/{campaign.pk}/steps/new/", data)
    step = campaign.steps.get()
    assert (step.kind, step.subject, step.send_time.hour) == ("CALL", "Ring", 14)


def test_an_email_may_become_a_call(seller_client, campaign):
    step = add_email(campaign, option="AT_TIME")
    seller_client.post(
        f"/campaigns/steps/{step.pk}/", {"day": 1, "kind": "CALL", "subject": "Ring"}
    )

    step.refresh_from_db()
    assert (step.kind, step.send_time) == ("CALL", None)


def test_only_later_emails_may_follow_up(seller_client, campaign):
    url = f"/campaigns/{campaign.pk}/steps/new/?day=2"
    assert "Follow up to the previous email" not in html(seller_client.get(url))
    add_email(campaign, option="AT_LAUNCH")

    page = html(seller_client.get(url))
    assert "Follow up to the previous email" in page
    assert "At the time of the previous email" in page
    assert "I choose the time" not in page


def test_the_text_of_a_template_fills_the_step(seller_client, seller, campaign):
    template = make_template(seller, subject="From a template", body_html="<p>Nice</p>")

    page = html(
        seller_client.get(f"/campaigns/{campaign.pk}/steps/new/?template={template.pk}&day=4")
    )

    assert "From a template" in page
    assert "&lt;p&gt;Nice&lt;/p&gt;" in page


def test_the_step_page_says_that_people_are_running(seller_client, campaign):
    step = add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 2)

    assert "2 people are in this campaign" in html(
        seller_client.get(f"/campaigns/steps/{step.pk}/")
    )


def test_a_step_is_moved_within_its_day(seller_client, campaign):
    first = add_email(campaign, option="AT_LAUNCH")
    second = add_call(campaign)
    seller_client.post(f"/campaigns/steps/{second.pk}/move/", {"up": "1"})

    assert list(campaign.steps.order_by("position")) == [second, first]


# Launching


def ids(people):
    return [str(person.pk) for person in people]


@pytest.fixture
def ready(campaign, seller):
    make_channel()
    add_email(campaign, option="AT_LAUNCH", subject="Hello {{first_name}}")
    return campaign


def test_people_ticked_in_the_list_choose_a_campaign(seller_client, ready):
    people = make_people(2)

    page = html(seller_client.post("/campaigns/add/", {"person": ids(people)}))

    assert "2 people" in page
    assert f"/campaigns/{ready.pk}/launch/" in page


def test_a_group_and_a_single_person_choose_a_campaign(seller_client, seller, ready):
    group = Group.objects.create(owner=seller, name="VIP")
    people = make_people(3)
    group.people.set(people)

    assert "3 people" in html(seller_client.get(f"/campaigns/add/?group={group.pk}"))
    assert "1 person" in html(seller_client.get(f"/campaigns/add/?person={people[0].pk}"))


def test_more_than_200_people_are_refused_with_the_limit(seller_client, ready):
    page = html(seller_client.post("/campaigns/add/", {"person": ids(make_people(201))}))

    assert "200 people at a time" in page


def test_the_launch_page_names_whom_the_first_email_would_not_reach(seller_client, ready):
    good, bad = make_person(), make_person(email="", first_name="Nora", last_name="Noaddress")

    page = html(seller_client.post(f"/campaigns/{ready.pk}/launch/", {"person": ids([good, bad])}))

    assert "Nora Noaddress has no email address." in page
    assert "Add 1 person" in page


def test_what_fails_for_everybody_is_said_once(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    people = make_people(3)

    page = html(seller_client.post(f"/campaigns/{campaign.pk}/launch/", {"person": ids(people)}))

    assert page.count("There is no mail server to send by.") == 1


def test_the_launch_page_leaves_nothing_behind(seller_client, ready):
    seller_client.post(f"/campaigns/{ready.pk}/launch/", {"person": ids(make_people(2))})

    assert not Email.objects.exists()
    assert not Member.objects.exists()


def test_a_launch_adds_people_with_their_own_first_email(seller_client, ready):
    first, second, third = make_people(3)
    data = {
        "person": ids([first, second, third]),
        "out": ids([third]),
        "edited": ids([first]),
        f"subject-{first.pk}": "Only for you",
        f"body-{first.pk}": "<p>Dear</p><script>x</script>",
        "start": "now",
        "launch": "1",
    }
    response = seller_client.post(f"/campaigns/{ready.pk}/launch/", data, follow=True)

    assert "2 people added." in response.content.decode()
    members = {member.person: member for member in Member.objects.all()}
    assert set(members) == {first, second}
    assert members[first].first_subject == "Only for you"
    assert members[first].first_body_html == "<p>Dear</p>"
    assert members[second].first_subject == ""


def test_an_opened_email_is_filled_with_the_steps_text(seller_client, ready):
    people = make_people(2)
    data = {"person": ids(people), "start": "now", "edit": str(people[0].pk)}

    page = html(seller_client.post(f"/campaigns/{ready.pk}/launch/", data))

    assert f'name="subject-{people[0].pk}" value="Hello {{{{first_name}}}}"' in page
    assert f'name="subject-{people[1].pk}"' not in page


@time_machine.travel(NOW, tick=False)
def test_a_start_in_the_future_is_read_in_the_sellers_time_zone(seller_client, seller, ready):
    seller.time_zone = "Europe/Berlin"
    seller.save()
    data = {
        "person": ids(make_people(1)),
        "start": "later",
        "starts_at": "2027-01-15T08:30",
        "launch": "1",
    }
    seller_client.post(f"/campaigns/{ready.pk}/launch/", data)

    member = Member.objects.get()
    assert member.next_step_at.isoformat() == "2027-01-15T07:30:00+00:00"


def test_a_person_who_is_in_the_campaign_already_is_named(seller_client, ready):
    person = make_person(first_name="Twice", last_name="Added")
    add_members(ready, people=[person])
    data = {"person": ids([person]), "start": "now", "launch": "1"}

    page = html(seller_client.post(f"/campaigns/{ready.pk}/launch/", data))

    assert "Already in this campaign: Twice Added." in page
    assert Member.objects.count() == 1


# Members


def test_the_member_page_tells_where_everyone_stands(seller_client, campaign):
    add_call(campaign, subject="Ring them")
    add_email(campaign, 2, option="AT_LAUNCH")
    add_members(campaign, 2)
    sweep()

    page = html(seller_client.get(f"/campaigns/{campaign.pk}/members/"))

    assert page.count("Call: Ring them") == 2
    assert "once the reminder is closed" in page
    assert "Nobody is in this state" in html(
        seller_client.get(f"/campaigns/{campaign.pk}/members/?state=PAUSED")
    )


def test_members_are_paged(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    members = add_members(campaign, 60)

    page = html(seller_client.get(f"/campaigns/{campaign.pk}/members/"))
    assert page.count('name="member"') == 50
    rest = html(seller_client.get(f"/campaigns/{campaign.pk}/members/?after={members[10].pk}"))
    assert rest.count('name="member"') == 10


def test_the_member_page_asks_few_queries(seller_client, campaign, django_assert_max_num_queries):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 40)
    sweep()

    with django_assert_max_num_queries(12):
        seller_client.get(f"/campaigns/{campaign.pk}/members/")


def change(client, action, members, **data):
    return client.post(
        "/campaigns/members/",
        {
            "action": action,
            "member": [member.pk for member in members],
            "next": "/campaigns/",
            **data,
        },
    )


def test_to_remove_people_is_asked_about_with_their_number(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    members = add_members(campaign, 2)

    page = html(change(seller_client, "remove", members))
    assert "Remove 2 people from the campaign?" in page
    assert Member.objects.filter(state="ACTIVE").count() == 2

    change(seller_client, "remove", members, sure="1")
    assert Member.objects.filter(state="REMOVED").count() == 2


def test_a_seller_manages_only_their_own_members(seller_client, campaign, other_seller):
    campaign.teams.add(Team.objects.everyone())
    add_email(campaign, option="AT_LAUNCH")
    (foreign,) = add_members(campaign, seller=other_seller)

    change(seller_client, "pause", [foreign])

    foreign.refresh_from_db()
    assert foreign.state == "ACTIVE"
    assert 'name="member"' not in html(seller_client.get(f"/campaigns/{campaign.pk}/members/"))


def test_an_admin_stops_anybodys_members(admin_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)

    change(admin_client, "remove", [member], sure="1")

    member.refresh_from_db()
    assert (member.state, member.note) == ("STOPPED", "Stopped by Ada Admin")


def test_an_unknown_action_is_not_found(seller_client):
    assert seller_client.post("/campaigns/members/", {"action": "explode"}).status_code == 404


def test_people_leave_a_campaign_from_the_people_page(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    people = make_people(2)
    add_members(campaign, people=people)

    page = html(seller_client.post("/campaigns/leave/", {"person": ids(people)}))
    assert "Remove 2 people from “Outreach”" in page
    seller_client.post("/campaigns/leave/", {"person": ids(people), "campaign": campaign.pk})
    assert Member.objects.filter(state="REMOVED").count() == 2


def test_the_person_panel_lists_their_campaigns(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)

    page = html(seller_client.get(f"/campaigns/people/{member.person_id}/"))

    assert "Sales campaigns" in page
    assert f"/campaigns/{campaign.pk}/" in page
    assert "Remove<span" in page


def test_the_progress_counts_what_became_of_each_step(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign, 4)
    sweep()
    send_queued()
    Email.objects.filter(pk=Email.objects.first().pk).update(views=2, replies=1)

    page = html(seller_client.get(f"/campaigns/{campaign.pk}/progress/"))

    assert 'class="bar-sent" x="0" y="0" width="300"' in page
    assert 'class="bar-opened" x="0" y="10" width="75"' in page


def test_a_deactivated_sellers_people_leave(campaign, seller):
    add_email(campaign, option="AT_LAUNCH")
    (member,) = add_members(campaign)
    seller.is_active = False
    seller.save()
    sweep()

    member.refresh_from_db()
    assert member.state == "REMOVED"


def test_an_archived_campaign_takes_nobody_but_goes_on(seller_client, campaign):
    add_email(campaign, option="AT_LAUNCH")
    add_members(campaign)
    seller_client.post(f"/campaigns/{campaign.pk}/archive/")

    person = make_person()
    data = {"person": ids([person]), "start": "now", "launch": "1"}
    page = html(seller_client.post(f"/campaigns/{campaign.pk}/launch/", data))
    assert "This campaign is archived." in page
    assert sweep() == 1
