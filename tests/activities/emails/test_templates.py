"""Templates as sellers find, write, share and archive them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.emails import template_services as services
from activities.emails.models import Email, Template, TemplateCategory
from activities.emails.template_selectors import View, figures_of, find_templates
from admin_config.models import Team
from people.errors import Refused
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return services.create_category(name="Follow-ups")


@pytest.fixture
def team(seller, other_seller):
    team = Team.objects.create(name="EMEA")
    team.members.add(seller, other_seller)
    return team


def make_template(owner, category, **fields):
    values = {"name": "Pricing", "subject": "Our prices", "body_html": "<p>Hello</p>"}
    return services.create_template(
        owner=owner, category=category, now=timezone.now(), **(values | fields)
    )


def names(user, view=View.ALL, **options):
    found = find_templates(user=user, view=view, now=timezone.now(), **options)
    return [template.name for template in found]


def form_of(category, **fields):
    values = {
        "name": "Pricing",
        "category": category.pk,
        "subject": "Our prices",
        "body_html": "<p>Hello {{first_name}}</p>",
    }
    return values | fields


def test_a_template_is_private_until_it_is_shared_with_a_team(seller, other_seller, category, team):
    template = make_template(seller, category)
    assert names(other_seller) == []

    template.teams.add(team)

    assert names(other_seller) == ["Pricing"]
    assert names(other_seller, View.TEAM) == ["Pricing"]
    assert names(other_seller, View.MINE) == []


def test_an_admin_sees_every_template(seller, admin, category):
    make_template(seller, category)

    assert names(admin) == ["Pricing"]


def test_a_search_looks_at_name_subject_and_body(seller, category):
    make_template(seller, category, name="One", subject="A", body_html="<p>Discount</p>")
    make_template(seller, category, name="Two", subject="discount", body_html="")
    make_template(seller, category, name="Three", subject="B", body_html="")

    assert names(seller, q="DISCOUNT") == ["One", "Two"]


def test_an_archived_template_is_only_in_the_archive_and_comes_back(seller, category):
    template = make_template(seller, category)

    services.archive_template(template=template, now=timezone.now())
    assert (names(seller), names(seller, View.ARCHIVED)) == ([], ["Pricing"])

    services.unarchive_template(template=template)
    assert names(seller) == ["Pricing"]


def test_a_template_nobody_wrote_from_for_90_days_is_unused(seller, category):
    old = make_template(seller, category)
    Template.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    make_template(seller, category, name="New")

    assert names(seller, View.UNUSED) == ["Pricing"]


def test_figures_count_an_email_once_however_often_it_was_opened(seller, category):
    template = make_template(seller, category)
    now = timezone.now()
    for views in (5, 0):
        Email.objects.create(
            sender=seller,
            person=make_person(),
            template=template,
            state=Email.State.SENT,
            sent_at=now,
            message_id=f"{views}@example.com",
            views=views,
            created_at=now,
            updated_at=now,
        )

    figures = figures_of([template])[template.pk]

    assert (figures.sent, figures.opened, figures.opened_share) == (2, 1, 50)


def test_scripts_in_the_body_are_gone_when_it_is_stored(seller, category):
    template = make_template(seller, category, body_html="<p>Hi<script>alert(1)</script></p>")

    assert "script" not in template.body_html


def test_a_clone_is_the_cloners_own_and_private(seller, other_seller, category, team):
    template = make_template(seller, category, teams=[team])

    copy = services.clone_template(template=template, owner=other_seller, now=timezone.now())

    assert copy.owner == other_seller
    assert copy.body_html == template.body_html
    assert not copy.teams.exists()


def test_a_category_with_templates_is_not_deleted(seller, category):
    make_template(seller, category)

    with pytest.raises(Refused, match="holds 1 templates"):
        services.delete_category(category=category)


def test_two_people_editing_at_once_do_not_overwrite_each_other(seller_client, seller, category):
    template = make_template(seller, category)
    seen_at = template.updated_at.isoformat()
    url = reverse("templates:template", args=[template.pk])

    first = seller_client.post(url, form_of(category, name="First", seen_at=seen_at))
    second = seller_client.post(url, form_of(category, name="Second", seen_at=seen_at))

    template.refresh_from_db()
    assert first.status_code == 302
    assert template.name == "First"
    assert "Somebody changed this template while you did" in second.content.decode()
    assert "Second" in second.content.decode()


def test_a_new_template_can_bring_its_category_along(seller_client, seller):
    response = seller_client.post(
        reverse("templates:create"),
        {"name": "Intro", "new_category": "First touch", "subject": "Hi", "body_html": "<p>Hi</p>"},
    )

    template = Template.objects.get()
    assert response.url == reverse("templates:template", args=[template.pk])
    assert template.category.name == "First touch"


def test_an_unknown_dynamic_field_is_named_before_anybody_sends_it(seller_client, category):
    response = seller_client.post(
        reverse("templates:create"), form_of(category, subject="For {{frist_name}}")
    )

    assert "There is no dynamic field {{frist_name}}." in response.content.decode()
    assert not Template.objects.exists()


def test_a_team_member_reads_a_shared_template_but_may_not_change_it(
    client, seller, other_seller, category, team
):
    template = make_template(seller, category, teams=[team])
    client.force_login(other_seller)
    url = reverse("templates:template", args=[template.pk])

    page = client.get(url)
    refused = client.post(url, form_of(category))

    assert "Clone it to make a version of your own" in page.content.decode()
    assert refused.status_code == 403


def test_somebody_elses_private_template_does_not_exist(client, seller, other_seller, category):
    template = make_template(seller, category)
    client.force_login(other_seller)

    for name in ("template", "delete"):
        assert client.get(reverse(f"templates:{name}", args=[template.pk])).status_code == 404
    for name in ("clone", "archive", "unarchive", "favorite"):
        assert client.post(reverse(f"templates:{name}", args=[template.pk])).status_code == 404


def test_only_an_admin_renames_a_category(seller_client, admin, category):
    url = reverse("templates:category-rename", args=[category.pk])

    assert seller_client.post(url, {"name": "Mine"}).status_code == 403

    seller_client.force_login(admin)
    seller_client.post(url, {"name": "Later"})
    assert TemplateCategory.objects.get().name == "Later"


def test_the_list_takes_as_many_queries_for_many_templates_as_for_one(
    seller_client, seller, category, django_assert_max_num_queries
):
    for number in range(20):
        make_template(seller, category, name=f"Template {number}")

    with django_assert_max_num_queries(12):
        page = seller_client.get(reverse("templates:list")).content.decode()

    assert "Template 19" in page


def test_pinned_categories_come_first_where_a_template_is_chosen(seller_client, category):
    services.create_category(name="Others")

    seller_client.post(reverse("templates:category-pin", args=[category.pk]), {"pinned": "true"})

    choices = seller_client.get(reverse("emails:template-choices"))
    assert list(choices.context["pinned"]) == [category]
    assert '<optgroup label="Pinned">' in choices.text
    assert "Unpin" in seller_client.get(reverse("templates:categories")).text

    seller_client.post(reverse("templates:category-pin", args=[category.pk]))
    assert "optgroup" not in seller_client.get(reverse("emails:template-choices")).text


def test_a_sixth_category_is_not_pinned_and_one_that_is_gone_leaves_room(seller_client):
    made = [services.create_category(name=f"Category {number}") for number in range(6)]
    for each in made:
        page = seller_client.post(
            reverse("templates:category-pin", args=[each.pk]), {"pinned": "true"}, follow=True
        ).text
    assert "You have pinned 5 categories already." in page

    services.delete_category(category=made[0])
    seller_client.post(reverse("templates:category-pin", args=[made[5].pk]), {"pinned": "true"})

    pinned = seller_client.get(reverse("templates:categories")).context["pinned"]
    assert list(pinned) == made[1:]
