"""The columns of what goes on with a person, and the orders by them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from people.columns import COLUMNS
from people.engagement import COUNTERS, Engagement, add_engagement
from people.selectors import people_list
from tests.activities.logged import NOW
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def engage(person, *, at=NOW, **counts):
    add_engagement({person.pk: Engagement(counts=counts, last_activity_at=at)})


def names(user, **params):
    """The last names of all pages in order, two a page; read back they are the same."""
    found, cursors, cursor = [], [], ""
    while True:
        page = people_list(params={**params, "cursor": cursor}, user=user, size=2).page
        found.append([person.last_name for person in page.people])
        if page.next is None:
            break
        cursor = str(page.next)
        cursors.append(page)
    for expected in found[-2::-1]:
        page = people_list(params={**params, "cursor": str(page.previous)}, user=user, size=2).page
        assert [person.last_name for person in page.people] == expected
    return [name for page in found for name in page]


@pytest.fixture
def five():
    """Two with calls, one without a call but with views, two with nothing."""
    people = {name: make_person(last_name=name) for name in ("A", "B", "C", "D", "E")}
    engage(people["B"], calls=3, activities=3)
    engage(people["D"], calls=7, activities=7, at=NOW - timedelta(days=1))
    engage(people["C"], views=1, events=1, at=NOW + timedelta(days=1))
    return people


def test_those_without_activity_come_last_in_both_directions(five, seller):
    assert names(seller, sort="-calls") == ["D", "B", "C", "E", "A"]
    assert names(seller, sort="calls") == ["C", "B", "D", "A", "E"]


def test_the_last_activity_is_an_order_too(five, seller):
    assert names(seller, sort="-last_activity_at") == ["C", "B", "D", "E", "A"]
    assert names(seller, sort="last_activity_at") == ["D", "B", "C", "A", "E"]


@pytest.mark.parametrize("sort", ["-calls", "calls"])
def test_the_order_holds_for_what_a_search_finds(five, seller, sort):
    make_people(3, last_name="Other", company="Elsewhere")

    found = names(seller, sort=sort, company="Example")

    assert found == names(seller, sort=sort, q="example ltd")
    assert sorted(found) == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in COUNTERS for sign in ("", "-")])
def test_everybody_is_met_once_in_every_order(seller, sort):
    people = make_people(7)
    for number, person in enumerate(people[:5]):
        engage(person, **{sort.removeprefix("-"): number // 2})

    assert sorted(names(seller, sort=sort)) == sorted(person.last_name for person in people)


def test_whoever_left_is_not_in_the_order(seller):
    gone = make_person(removed_reason="DELETED")
    engage(gone, calls=1)

    assert names(seller, sort="-calls") == []


def test_the_columns_show_the_counters(five, seller_client):
    shown = [column.name for column in COLUMNS if column.is_engagement]

    page = seller_client.get(
        reverse("people:list"), {"sort": "-calls", "columns": ",".join(["last_name", *shown])}
    )

    html = page.content.decode()
    assert '<td class="number">7</td>' in html
    assert '<td class="number">0</td>' in html
    assert 'aria-sort="descending"' in html
    assert f'datetime="{NOW.isoformat()}"' in html


def test_events_and_activities_show_unless_chosen_otherwise(five, seller_client):
    page = seller_client.get(reverse("people:list")).content.decode()

    assert "# Events" in page
    assert "# Activities" in page
    assert "# Calls" not in page
