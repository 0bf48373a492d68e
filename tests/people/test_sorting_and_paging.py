from datetime import datetime, timedelta, timezone

import pytest
from django.urls import reverse

from people.models import PersonEngagement
from people.paging import Cursor
from people.sorting import KEYS, Sort
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def walk(client, url, link):
    """Follow the pager; the people of each page by id."""
    pages = []
    while url:
        response = client.get(url)
        page = response.context["listed"].page
        pages.append([person.pk for person in page.people])
        cursor = getattr(page, link)
        base = {k: v for k, v in response.wsgi_request.GET.items() if k != "cursor"}
        url = reverse("people:list") + "?" + "&".join(f"{k}={v}" for k, v in base.items())
        url = f"{url}&cursor={cursor}" if cursor else None
        assert len(pages) < 20
    return pages


@pytest.fixture
def mixed_people():
    people = make_people(60, title="Same title", now=None)
    for letter in ("b", "A", "é", "Z", ""):
        people += make_people(
            12,
            first_name=letter,
            last_name=letter,
            company=letter,
            email=letter,
            phone=letter,
            source=letter,
            title=letter,
            sfdc_type="Lead",
        )
    return people


@pytest.mark.parametrize("column", KEYS)
@pytest.mark.parametrize("direction", ["", "-"])
def test_every_order_meets_everybody_once_in_both_directions(
    seller_client, mixed_people, column, direction
):
    sort = f"{direction}{column}"
    pages = walk(seller_client, f"/people/?sort={sort}", "next")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert sorted(pk for page in pages for pk in page) == sorted(
        person.pk for person in mixed_people
    )
    second = seller_client.get(f"/people/?sort={sort}")
    cursor = second.context["listed"].page.next
    response = seller_client.get(f"/people/?sort={sort}&cursor={cursor}")
    previous = response.context["listed"].page.previous
    back = seller_client.get(f"/people/?sort={sort}&cursor={previous}")
    assert [person.pk for person in back.context["people"]] == pages[0]


@pytest.mark.parametrize("column", ["company", "updated", "calls", "last_activity_at"])
@pytest.mark.parametrize("direction", ["", "-"])
def test_few_who_match_come_in_the_order_of_all(seller_client, mixed_people, column, direction):
    leads = {person.pk for person in mixed_people if person.sfdc_type == "Lead"}
    PersonEngagement.objects.bulk_create(
        PersonEngagement(person=person, last_activity_at=person.updated_at, calls=person.pk % 3)
        for person in mixed_people[::2]
    )
    url = f"/people/?sort={direction}{column}"

    everybody = [pk for page in walk(seller_client, url, "next") for pk in page]
    pages = walk(seller_client, f"{url}&type=Lead", "next")

    assert [pk for page in pages for pk in page] == [pk for pk in everybody if pk in leads]
    first = seller_client.get(f"{url}&type=Lead").context["listed"].page
    second = seller_client.get(f"{url}&type=Lead&cursor={first.next}").context["listed"].page
    assert walk(seller_client, f"{url}&type=Lead&cursor={second.previous}", "previous") == pages[:1]


@pytest.mark.parametrize(("sort", "order"), [("company", "abc"), ("-company", "cba")])
def test_text_sorts_without_case_and_those_without_it_come_last(names_on, sort, order):
    for company in ("B", "a", "", "C"):
        make_person(first_name="", last_name=company or "none", company=company)
    assert [name.lower() for name in names_on(sort=sort)] == [*order, "none"]


def test_people_who_arrive_while_paging_are_neither_repeated_nor_push_others_out(seller_client):
    people = make_people(120)
    url = "/people/?sort=last_name"
    first = seller_client.get(url).context["listed"].page
    make_people(10, last_name="Aaaa")
    second = seller_client.get(f"{url}&cursor={first.next}").context["listed"].page
    third = seller_client.get(f"{url}&cursor={second.next}").context["listed"].page
    seen = [person.pk for page in (first, second, third) for person in page.people]
    assert seen == [person.pk for person in people]


def test_paging_back_to_the_beginning_shows_who_arrived_there(seller_client):
    make_people(60)
    url = "/people/?sort=last_name"
    first = seller_client.get(url).context["listed"].page
    second = seller_client.get(f"{url}&cursor={first.next}").context["listed"].page
    new = make_person(last_name="Aaaa")
    back = seller_client.get(f"{url}&cursor={second.previous}").context["listed"].page
    assert back.people == first.people
    start = seller_client.get(f"{url}&cursor={back.previous}").context["listed"].page
    assert start.people == [new, *first.people[:-1]]
    assert start.previous is None


@pytest.mark.parametrize("sort", ["last_name", "updated"])
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "bnVsbA",
        "e30",
        "WzFd",
        "W10",
        "WyJhIixudWxsLGZhbHNlXQ",
        "é",
        "WyJcdTAwMDAiLDEsZmFsc2Vd",
        "WyJhIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LGZhbHNlXQ",
        "WyJcdWQ4MDAiLDEsZmFsc2Vd",
    ],
)
def test_a_cursor_that_makes_no_sense_starts_at_the_first_page(seller_client, sort, cursor):
    make_person()
    response = seller_client.get("/people/", {"sort": sort, "cursor": cursor})
    assert response.status_code == 200
    assert len(response.context["people"]) == 1


def test_a_cursor_survives_its_address():
    sort = Sort("company", descending=False)
    cursor = Cursor("=,\"\\\n'<b>王", 7, backward=True)
    assert Cursor.parse(str(cursor), sort) == cursor


def test_a_cursor_takes_every_offset(seller_client):
    person = make_person()
    place = Cursor(datetime(9999, 1, 1, tzinfo=timezone(timedelta(hours=23))), 1)
    response = seller_client.get("/people/", {"sort": "-updated", "cursor": str(place)})
    assert response.context["people"] == [person]


def test_headers_sort_and_turn_around(seller_client):
    make_person()
    page = seller_client.get("/people/?sort=company&q=ann").content.decode()
    assert 'aria-sort="ascending"' in page
    assert "?sort=-company&amp;q=ann" in page
    assert "?sort=title&amp;q=ann" in page
