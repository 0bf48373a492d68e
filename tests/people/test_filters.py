from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Group, GroupMembership
from people.salesforce_ids import forms_of
from tests.factories import make_person, make_salesforce_user

pytestmark = pytest.mark.django_db

OWNER, OTHER_OWNER = "005000000000001AAA", "005000000000009AAA"


def test_removed_people_are_not_listed(names_on):
    make_person(last_name="Gone", removed_reason="OWNER_LOST")
    make_person(first_name="", last_name="Here")
    assert names_on() == ["Here"]


@pytest.mark.parametrize(
    ("params", "has", "has_not"),
    [
        ({"owner": OWNER}, {"owner_salesforce_id": OWNER}, {"owner_salesforce_id": OTHER_OWNER}),
        ({"mine": "true"}, {"owner_salesforce_id": OWNER}, {"owner_salesforce_id": OTHER_OWNER}),
        ({"company": "acme"}, {"company": "Big Acme Ltd"}, {"title": "Acme expert"}),
        ({"title": "vp sales"}, {"title": "VP of Sales"}, {"company": "VP Sales Inc"}),
        ({"source": "web"}, {"source": "Web"}, {"source": "Webinar"}),
        ({"type": "Lead"}, {"sfdc_type": "Lead"}, {"sfdc_type": "Contact"}),
        ({"has_email": "true"}, {"email": "a@b.example"}, {"email": ""}),
        ({"has_email": "false"}, {"email": ""}, {"email": "a@b.example"}),
        ({"has_phone": "true"}, {"phone": "1"}, {"phone": ""}),
        ({"has_phone": "false"}, {"phone": ""}, {"phone": "1"}),
    ],
)
def test_filter_keeps_those_that_match_and_no_others(names_on, params, has, has_not):
    make_person(**{"first_name": "", "last_name": "Yes", **has})
    make_person(**{"first_name": "", "last_name": "No", **has_not})
    assert names_on(**params) == ["Yes"]


def test_duplicates_are_those_whose_address_others_have_in_any_case(names_on):
    make_person(first_name="", last_name="One", email="Same@x.example")
    make_person(first_name="", last_name="Two", email="same@X.example")
    make_person(first_name="", last_name="Alone")
    assert sorted(names_on(duplicates="true")) == ["One", "Two"]


def test_updated_since_is_a_day_in_the_time_zone_of_the_user(names_on):
    now = timezone.now()
    make_person(first_name="", last_name="Old", now=now - timedelta(days=3))
    make_person(first_name="", last_name="New", now=now)
    assert names_on(updated_since=now.date().isoformat()) == ["New"]


def test_filters_are_joined_by_and(names_on):
    make_person(first_name="", last_name="Both", company="Acme", source="Web")
    make_person(first_name="", last_name="One", company="Acme", source="Event")
    assert names_on(company="acme", source="web") == ["Both"]


@pytest.mark.parametrize(
    "params",
    [
        {"type": "Robot"},
        {"updated_since": "yesterday"},
        {"has_email": "perhaps"},
        {"sort": "password"},
        {"cursor": "%%%"},
        {"owner": "x" * 400},
        {"columns": "nope,,"},
    ],
)
def test_what_makes_no_sense_is_left_out(names_on, params):
    make_person(first_name="", last_name="Here")
    assert names_on(**params) == ["Here"]


def test_empty_fields_of_a_form_leave_the_address(seller_client):
    response = seller_client.get("/people/?company=&q=ada&title=")
    assert response.status_code == 302
    assert response.url == "/people/?q=ada"


def test_chips_name_each_filter_and_lead_to_the_list_without_it(seller_client, seller):
    response = seller_client.get("/people/", {"q": "ada", "owner": OWNER, "sort": "email"})
    chips = {chip.name: chip for chip in response.context["chips"]}
    assert chips["owner"].value == "Sam Seller"
    assert chips["owner"].url == "?q=ada&sort=email"
    assert set(chips) == {"q", "owner"}


def test_my_contacts_without_a_salesforce_id_leads_to_the_profile(client, admin):
    make_person()
    client.force_login(admin)
    page = client.get("/people/?mine=true").content.decode()
    assert "Which people are yours?" in page
    assert "/settings/profile/" in page


def test_chip_of_an_owner_who_is_no_user_here_has_the_name_that_salesforce_has(seller_client):
    make_salesforce_user(OTHER_OWNER, "Priya Raman")
    for owner in (OTHER_OWNER, OTHER_OWNER[:15]):
        (chip,) = seller_client.get("/people/", {"owner": owner}).context["chips"]
        assert chip.value == "Priya Raman"


def test_filter_panel_offers_owners_by_name_whether_users_or_not(seller_client):
    make_person(owner_salesforce_id=OWNER)
    for number, name in enumerate(("Zoe Last", "Amir First"), start=3):
        make_person(owner_salesforce_id=f"00500000000000{number}AAA")
        make_salesforce_user(f"00500000000000{number}AAA", name, is_active=name == "Zoe Last")
    form = seller_client.get("/people/filters/").context["form"]
    assert form.fields["owner"].choices[1:] == [
        ("005000000000004AAA", "Amir First (inactive in Salesforce)"),
        (OWNER, "Sam Seller"),
        ("005000000000003AAA", "Zoe Last"),
    ]


def test_filter_panel_offers_users_by_name_and_unknown_owners_by_id(seller_client):
    make_person(owner_salesforce_id=OWNER, source="Web")
    make_person(owner_salesforce_id=OTHER_OWNER, source="Event")
    make_salesforce_user(OTHER_OWNER, "")
    form = seller_client.get("/people/filters/?company=acme&q=x").context["form"]
    assert form.fields["owner"].choices[1:] == [(OWNER, "Sam Seller"), (OTHER_OWNER, OTHER_OWNER)]
    assert form.fields["source"].choices[1:] == [("Event", "Event"), ("Web", "Web")]
    assert form.initial["company"] == "acme"


def test_group_filter_shows_its_people(names_on, seller):
    inside = make_person(first_name="", last_name="In")
    make_person(first_name="", last_name="Out")
    group = Group.objects.create(owner=seller, name="Mine")
    GroupMembership.objects.create(group=group, person=inside)
    assert names_on(group=group.pk) == ["In"]


def test_fifteen_and_eighteen_characters_name_the_same_salesforce_user():
    assert forms_of("0015000000Gv7qJ") == (
        "0015000000Gv7qJ",
        "0015000000Gv7qJ",
        "0015000000Gv7qJAAR",
    )
    assert "0015000000Gv7qJ" in forms_of("0015000000Gv7qJAAR")
