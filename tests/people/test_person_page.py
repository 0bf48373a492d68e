import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from people.hooks import person_cards
from people.links import safe_linkedin_url
from people.models import (
    Group,
    GroupMembership,
    Person,
    PersonChange,
    SalesforceUser,
    Unsubscribe,
)
from people.unsubscribes import unsubscribe
from people.views.person import CHANGES_CARD
from people.views.requests import address_below
from syncing.people_sync.removals import merge_losers
from tests.factories import make_people, make_person, make_salesforce_user

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_plain_link_is_a_whole_page_and_htmx_gets_only_the_panel(seller_client):
    person = make_person(first_name="Ada", last_name="Lovelace")
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    panel = seller_client.get(f"/people/{person.pk}/", headers={"hx-request": "true"})
    assert page.count("<h1>") == 1
    assert "<html" in page
    assert "<html" not in panel.content.decode()
    assert "Ada Lovelace" in panel.content.decode()
    assert "HX-Request" in panel["Vary"]


def test_panel_leaves_an_address_that_opens_it_over_the_same_list(seller_client):
    person = make_person()
    response = seller_client.get(
        f"/people/{person.pk}/",
        headers={
            "hx-request": "true",
            "hx-target": "panel",
            "hx-current-url": "http://testserver/people/?q=ann&sort=email",
        },
    )
    assert response["HX-Push-Url"] == f"/people/?q=ann&sort=email&person={person.pk}"


def test_shows_the_thirteen_fields_as_locked(seller_client):
    fields = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@engine.example",
        "phone": "+44 20 7946 0018",
        "company": "Analytical Engines",
        "title": "Countess",
        "linkedin_url": "https://www.linkedin.com/in/ada",
        "source": "Salon",
        "salesforce_contact_id": "003000000000001AAA",
        "salesforce_lead_id": "00Q000000000001AAA",
        "salesforce_account_id": "001000000000001AAA",
        "salesforce_opportunity_id": "006000000000001AAA",
    }
    person = make_person(**fields)
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    assert "Comes from Marketo" in page
    assert str(person.marketo_id) in page
    for value in fields.values():
        assert value in page
    assert 'href="mailto:ada@engine.example"' in page
    assert 'href="tel:+44%2020%207946%200018"' in page


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_whoever_tries_to_write_is_told_why_not(seller_client, method):
    person = make_person(first_name="Ada")
    response = getattr(seller_client, method)(f"/people/{person.pk}/", {"first_name": "Eve"})
    assert response.status_code == 405
    assert "read-only here" in response.content.decode()
    assert Person.objects.get(pk=person.pk).first_name == "Ada"


def test_a_write_without_a_csrf_token_is_told_the_same(seller):
    client = Client(enforce_csrf_checks=True)
    client.force_login(seller)
    assert client.post(f"/people/{make_person().pk}/").status_code == 405


def test_nobody_there_is_not_found(seller_client):
    assert seller_client.get("/people/999999/").status_code == 404


@pytest.mark.parametrize("path", ["/people/", "/people/1/", "/people/export/", "/people/filters/"])
def test_who_is_not_signed_in_is_sent_to_sign_in(client, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_removed_person_says_why_and_when(seller_client):
    person = make_person(removed_reason="OWNER_LOST")
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    assert "No longer has a sales owner" in page
    assert person.removed_at.strftime("%Y-%m-%d") in page


def test_owner_has_the_name_that_salesforce_has_and_the_id(seller_client):
    person = make_person(owner_salesforce_id="005000000000009AAA")
    owner = make_salesforce_user("005000000000009AAA", "Priya Raman")
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    assert 'Priya Raman <span class="text-secondary">005000000000009AAA</span>' in page
    assert "Inactive in Salesforce" not in page

    SalesforceUser.objects.filter(pk=owner.pk).update(is_active=False)
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    assert "Inactive in Salesforce" in page


def test_history_names_the_owners_before_and_after(seller_client, seller):
    person = make_person(owner_salesforce_id="005000000000009AAA")
    make_salesforce_user("005000000000009AAA", "Priya Raman")
    make_person(marketo_id=person.marketo_id, owner_salesforce_id=seller.salesforce_user_id)
    page = seller_client.get(f"/people/{person.pk}/changes/").content.decode()
    assert "<del>Priya Raman</del> → <ins>Sam Seller</ins>" in page


def test_duplicates_are_counted_and_linked(seller_client):
    one, two, three = make_people(3, email="Same@x.example")
    page = seller_client.get(f"/people/{one.pk}/").content.decode()
    assert "2 more people have" in page
    assert f'href="/people/{two.pk}/"' in page
    assert f'href="/people/{three.pk}/"' in page


def test_history_shows_what_changed_newest_first_and_pages(seller_client):
    person = make_person()
    changes = [
        PersonChange(
            person=person,
            kind="UPDATED",
            changes={"company": [f"From {number}", f"To {number}"]},
            happened_at=person.created_at,
        )
        for number in range(25)
    ]
    PersonChange.objects.bulk_create(changes)
    page = seller_client.get(f"/people/{person.pk}/changes/")
    shown = page.context["changes"]
    assert [change.changes["company"][1] for change in shown[:2]] == ["To 24", "To 23"]
    assert "From 24" in page.content.decode()
    older = seller_client.get(f"/people/{person.pk}/changes/?before={shown[-1].pk}")
    assert [change.changes["company"][1] for change in older.context["changes"]] == [
        f"To {number}" for number in (4, 3, 2, 1, 0)
    ]
    assert older.context["older_than"] is None


@pytest.mark.parametrize("before", ["x", "²", "9" * 5_000])
def test_history_before_a_number_without_sense_is_the_newest(seller_client, before):
    url = f"/people/{make_person(company='Acme').pk}/changes/"
    changes = seller_client.get(url).context["changes"]
    assert seller_client.get(url, {"before": before}).context["changes"] == changes


def test_history_says_why_somebody_was_removed(seller_client):
    person = make_person(removed_reason="OWNER_LOST")
    page = seller_client.get(f"/people/{person.pk}/changes/").content.decode()
    assert "<del>–</del> → <ins>No longer has a sales owner</ins>" in page
    assert '<span class="change-name">Reason</span>' in page
    assert "OWNER_LOST" not in page


def test_history_names_who_was_merged_into_the_person(seller_client):
    winner = make_person()
    loser = make_person(marketo_id=28_494, first_name="Lena", last_name="Loser")
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())
    page = seller_client.get(f"/people/{winner.pk}/changes/").content.decode()
    assert f'href="/people/{loser.pk}/"' in page
    assert "Lena Loser</a>. Changes before this may be theirs." in page
    assert "merged_people" not in page


def test_history_keeps_the_id_of_who_is_not_here(seller_client):
    person = make_person()
    PersonChange.objects.create(
        person=person,
        kind="MERGED",
        changes={"merged_people": [None, 28_494]},
        happened_at=person.created_at,
    )
    assert "#28494" in seller_client.get(f"/people/{person.pk}/changes/").content.decode()


def test_groups_card_shows_own_groups_and_offers_the_others(seller_client, seller, other_seller):
    person = make_person()
    inside = Group.objects.create(owner=seller, name="Inside")
    Group.objects.create(owner=seller, name="Outside")
    Group.objects.create(owner=other_seller, name="Secret")
    GroupMembership.objects.create(group=inside, person=person)
    response = seller_client.get(f"/people/{person.pk}/")
    assert [group.name for group in response.context["groups"]] == ["Inside"]
    assert [group.name for group in response.context["other_groups"]] == ["Outside"]
    assert "Secret" not in response.content.decode()


def test_html_in_any_field_is_only_text(seller_client, seller):
    columns = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "company",
        "title",
        "linkedin_url",
        "source",
    )
    person = make_person(**dict.fromkeys(columns, HOSTILE))
    make_person(email=HOSTILE, company=HOSTILE)
    PersonChange.objects.create(
        person=person,
        kind="UPDATED",
        changes={HOSTILE: [HOSTILE, HOSTILE]},
        happened_at=person.created_at,
    )
    group = Group.objects.create(owner=seller, name=HOSTILE)
    GroupMembership.objects.create(group=group, person=person)
    everything = "first_name,last_name,email,title,company,phone,owner,groups,source,type"
    for path in (
        f"/people/{person.pk}/",
        f"/people/{person.pk}/changes/",
        f"/people/?columns={everything}&group={group.pk}",
        "/people/filters/",
        f"/people/groups/{group.pk}/delete/",
    ):
        page = seller_client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.linkedin.com/in/ada", "https://www.linkedin.com/in/ada"),
        ("http://LinkedIn.com/in/ada", "http://LinkedIn.com/in/ada"),
        ("https://de.linkedin.com/in/ada", "https://de.linkedin.com/in/ada"),
        ("javascript:alert(1)//linkedin.com", ""),
        ("https://linkedin.com.evil.example/", ""),
        ("https://evil.example/linkedin.com", ""),
        ("https://linkedin.com@evil.example/", ""),
        ("www.linkedin.com/in/ada", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_addresses_at_linkedin_become_links(url, link):
    assert safe_linkedin_url(url) == link


def test_cards_load_by_themselves_and_are_pages_for_plain_links(seller_client):
    person = make_person(first_name="Ada", last_name="Lovelace")
    page = seller_client.get(f"/people/{person.pk}/").content.decode()
    assert person_cards
    for card in (*person_cards, CHANGES_CARD):
        url = reverse(card.url_name, args=[person.pk])
        assert f'hx-get="{url}" hx-trigger="intersect once' in page
        assert f'<a href="{url}">' in page
        fragment = seller_client.get(url, headers={"hx-request": "true"}).content.decode()
        assert "<html" not in fragment
        assert "panel-title" not in fragment
        whole = seller_client.get(url).content.decode()
        assert "Ada Lovelace" in whole
        assert fragment.strip() in whole


def test_the_panel_says_at_its_top_that_somebody_is_unsubscribed(seller_client):
    person = make_person(email="ada@example.com")
    twin = make_person(email="Ada@example.com")
    unsubscribe(person=person, source=Unsubscribe.Source.MANUAL, now=timezone.now())
    for each in (person, twin):
        page = seller_client.get(f"/people/{each.pk}/").content.decode()
        assert page.index("Unsubscribed · ") < page.index("about-title")


def test_a_form_in_a_card_leads_back_to_where_the_card_is(rf):
    person = make_person()

    def here(url):
        request = rf.get("/", headers={"hx-request": "true", "hx-current-url": url})
        request.htmx = HtmxDetails(request)
        return address_below(request, person)

    own = f"/people/{person.pk}/"
    assert here(f"http://testserver{own}") == own
    assert here(f"http://testserver/people/?q=a&person={person.pk}") == (
        f"/people/?q=a&person={person.pk}"
    )
