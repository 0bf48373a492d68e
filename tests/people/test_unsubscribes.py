"""Who gets no more emails, how that comes about, and how it ends."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admin_config.models import AuditEvent
from people.errors import Refused
from people.models import Unsubscribe
from people.selectors import people_list
from people.signals import people_unsubscribed
from people.unsubscribes import (
    is_unsubscribed,
    resubscribe,
    unsubscribe,
    unsubscribe_many,
    unsubscribed_addresses,
    unsubscribed_among,
)
from syncing.people_sync.load import merge_people
from syncing.people_sync.removals import merge_losers
from tests.admin_config.concurrency import at_once
from tests.factories import make_people, make_person, person_row

pytestmark = pytest.mark.django_db

MANUAL = Unsubscribe.Source.MANUAL


def stop(person, **fields):
    return unsubscribe(person=person, now=timezone.now(), **{"source": MANUAL, **fields})


# What holds


def test_an_unsubscribe_holds_for_the_person():
    ann, bob = make_people(2)

    assert stop(ann, reason="Said so on the phone")

    assert is_unsubscribed(ann)
    assert not is_unsubscribed(bob)
    assert unsubscribed_among([ann, bob]) == {ann.pk}


def test_it_holds_for_whoever_has_the_same_address():
    ann = make_person(email="Ann@Example.com")
    twin = make_person(email="ann@example.COM")

    stop(ann)

    assert is_unsubscribed(twin)
    assert unsubscribed_among([twin]) == {twin.pk}
    assert unsubscribed_addresses(["ANN@example.com", "bob@example.com", ""]) == {"ann@example.com"}


def test_it_holds_after_the_person_got_another_address():
    ann = make_person(email="ann@example.com")
    stop(ann)
    merge_people(
        [person_row(marketo_id=ann.marketo_id, email="new@example.com")], now=timezone.now()
    )
    ann.refresh_from_db()

    assert is_unsubscribed(ann)
    assert unsubscribed_addresses(["ann@example.com"])


def test_people_without_an_address_have_nothing_in_common():
    ann, bob = make_people(2, email="")

    stop(ann)

    assert is_unsubscribed(ann)
    assert not is_unsubscribed(bob)
    assert unsubscribed_addresses([""]) == set()


def test_it_holds_for_the_winner_of_a_merge():
    loser, winner = make_people(2)
    stop(loser)
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    assert is_unsubscribed(winner)
    assert unsubscribed_among([winner]) == {winner.pk}


def test_unsubscribed_twice_is_once():
    ann = make_person()

    assert stop(ann)
    assert not stop(ann)

    assert Unsubscribe.objects.count() == 1


def test_it_is_told_once_with_the_row():
    told = []

    def listen(unsubscribes, now, **_):
        told.extend(unsubscribes)

    people_unsubscribed.connect(listen)
    try:
        ann = make_person()
        stop(ann)
        stop(ann)
    finally:
        people_unsubscribed.disconnect(listen)

    assert told == [Unsubscribe.objects.get()]


def test_asking_for_many_takes_two_queries(django_assert_num_queries):
    people = make_people(50)
    stop(people[7])

    with django_assert_num_queries(2):
        assert unsubscribed_among(people) == {people[7].pk}


def test_many_are_unsubscribed_in_as_many_queries_as_few(django_assert_max_num_queries):
    few, many = make_people(3), make_people(60)

    with CaptureQueriesContext(connection) as needed:
        unsubscribe_many(people=few, source=MANUAL, now=timezone.now())
    with django_assert_max_num_queries(len(needed)):
        made = unsubscribe_many(people=[*few, *many], source=MANUAL, now=timezone.now())

    assert [row.person_id for row in made] == [person.pk for person in many]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_unsubscribe():
    ann = make_person()

    assert sorted(at_once(lambda: stop(ann), lambda: stop(ann))) == [False, True]
    assert Unsubscribe.objects.count() == 1


# Taking it back


def test_taken_back_it_ends_for_all_with_the_address_and_is_audited(admin):
    ann = make_person(email="ann@example.com")
    twin = make_person(email="ann@example.com")
    stop(ann)

    resubscribe(person=twin, by=admin, reason="Wrote to us on 1 March", now=timezone.now())

    assert not is_unsubscribed(ann)
    assert not is_unsubscribed(twin)
    row = Unsubscribe.objects.get()
    assert (row.resubscribed_by, row.resubscribe_reason) == (admin, "Wrote to us on 1 March")
    event = AuditEvent.objects.get()
    assert (event.action, event.target) == ("UNSUBSCRIBE_REMOVED", twin.name)
    assert event.details == {"person": twin.pk, "reason": "Wrote to us on 1 March"}


def test_without_a_reason_nothing_is_taken_back(admin):
    ann = make_person()
    stop(ann)

    with pytest.raises(Refused):
        resubscribe(person=ann, by=admin, reason="  ", now=timezone.now())

    assert is_unsubscribed(ann)


def test_who_gets_emails_cannot_be_resubscribed(admin):
    with pytest.raises(Refused):
        resubscribe(person=make_person(), by=admin, reason="x", now=timezone.now())


def test_a_person_can_unsubscribe_again_afterwards(admin):
    ann = make_person()
    stop(ann)
    resubscribe(person=ann, by=admin, reason="Asked", now=timezone.now())

    assert stop(ann)
    assert Unsubscribe.objects.count() == 2


# Pages


def test_a_seller_unsubscribes_a_person_in_the_panel(seller_client, seller):
    ann = make_person(first_name="Ann", last_name="Archer", email="ann@example.com")
    url = f"/people/unsubscribe/?person={ann.pk}"

    page = seller_client.get(url, headers={"hx-request": "true"}).content.decode()
    assert "nor does anybody else with ann@example.com" in page
    seller_client.post(url, {"reason": "Said so on the phone"})

    row = Unsubscribe.objects.get()
    assert (row.person, row.source, row.unsubscribed_by) == (ann, MANUAL, seller)
    assert row.reason == "Said so on the phone"


def test_the_panel_says_when_somebody_is_unsubscribed_already(seller_client):
    ann = make_person()
    stop(ann)

    page = seller_client.get(f"/people/unsubscribe/?person={ann.pk}").content.decode()

    assert "stopped already" in page
    assert "panel-form" not in page


def test_nobody_to_unsubscribe_is_no_page(seller_client):
    for query in ("", "?person=", "?person=x", "?person=999999"):
        assert seller_client.get(f"/people/unsubscribe/{query}").status_code == 404


def test_many_are_counted_first_and_unsubscribed_when_confirmed(seller_client):
    people = make_people(3)
    selection = {"person": [person.pk for person in people]}
    stop(people[0])

    page = seller_client.post("/people/unsubscribe/selected/", selection).content.decode()
    assert "Unsubscribe 3 people" in page
    assert Unsubscribe.objects.count() == 1
    response = seller_client.post(
        "/people/unsubscribe/selected/",
        {**selection, "confirmed": "1", "reason": "List"},
        follow=True,
    )

    assert Unsubscribe.objects.filter(resubscribed_at=None).count() == 3
    assert "2 people are unsubscribed." in response.content.decode()


def test_all_that_match_can_be_unsubscribed(seller_client):
    make_people(3, company="Acme")
    make_person(company="Other")
    selection = {"all": "1", "query": "company=acme", "confirmed": "1", "reason": ""}

    seller_client.post("/people/unsubscribe/selected/", selection)

    assert Unsubscribe.objects.count() == 3


def test_too_many_at_a_time_are_refused(seller_client, monkeypatch):
    monkeypatch.setattr("people.unsubscribes.MAX_AT_ONCE", 2)
    make_people(3)

    page = seller_client.post("/people/unsubscribe/selected/", {"all": "1"}).content.decode()
    assert "You selected 3 people. At most 2" in page
    seller_client.post("/people/unsubscribe/selected/", {"all": "1", "confirmed": "1"})

    assert not Unsubscribe.objects.exists()


def test_the_history_stands_on_the_person(admin_client, admin):
    ann = make_person()
    url = f"/people/{ann.pk}/"
    assert "Unsubscribe history" not in admin_client.get(url).content.decode()
    stop(ann, source=Unsubscribe.Source.CLICKED_LINK, reason="I get too many emails")
    resubscribe(person=ann, by=admin, reason="Signed up again", now=timezone.now())
    stop(ann, reason="On the phone", by=admin)

    page = admin_client.get(url).content.decode()

    assert "Unsubscribe history" in page
    for text in ("Clicked link", "I get too many emails", "Signed up again", "On the phone"):
        assert text in page
    assert "Remove unsubscribe" in page


def test_what_stands_in_the_way_by_the_address_is_shown_too(seller_client):
    ann = make_person(first_name="Ann", last_name="Archer", email="ann@example.com")
    twin = make_person(email="ann@example.com")
    stop(ann)

    page = seller_client.get(f"/people/{twin.pk}/").content.decode()

    assert "as Ann Archer, with the same address" in page
    assert "Remove unsubscribe" not in page


def test_an_admin_takes_an_unsubscribe_back_with_a_reason(admin_client):
    ann = make_person()
    stop(ann)
    url = f"/people/{ann.pk}/resubscribe/"

    page = admin_client.post(url, {"reason": ""}).content.decode()
    assert "This field is required" in page
    assert is_unsubscribed(ann)
    admin_client.post(url, {"reason": "Asked for it by email"})

    assert not is_unsubscribed(ann)


def test_a_seller_may_not(seller_client):
    ann = make_person()
    stop(ann)

    response = seller_client.post(f"/people/{ann.pk}/resubscribe/", {"reason": "x"})

    assert response.status_code == 403
    assert is_unsubscribed(ann)


@pytest.mark.parametrize("sort", ["", "&sort=email", "&sort=-updated"])
def test_the_list_is_narrowed_to_the_unsubscribed_or_the_others(seller_client, sort):
    ann = make_person(last_name="Archer", email="ann@example.com")
    make_person(last_name="Twin", email="Ann@example.com")
    make_person(last_name="Baker")
    winner, loser = make_person(last_name="Winner"), make_person(last_name="Loser")
    stop(ann)
    stop(loser)
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    def listed(choice):
        response = seller_client.get(f"/people/?unsubscribed={choice}{sort}")
        return {row.last_name for row in response.context["people"]}

    assert listed("true") == {"Archer", "Twin", "Winner"}
    assert listed("false") == {"Baker"}


def test_among_many_the_winner_of_a_merge_is_not_taken_for_a_subscriber(seller, monkeypatch):
    monkeypatch.setattr("people.selectors.FEW", 0)
    monkeypatch.setattr("people.paging.COUNT_LIMIT", 0)
    for name in ("Baker", "Carter"):
        make_person(last_name=name)
    winner, loser = make_person(last_name="Archer"), make_person()
    stop(loser)
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    listed = people_list(params={"unsubscribed": "false", "sort": "last_name"}, user=seller, size=1)

    assert [person.last_name for person in listed.page.people] == ["Baker"]


def test_more_unsubscribed_than_are_counted_are_listed_by_their_addresses_too(
    seller_client, monkeypatch
):
    monkeypatch.setattr("people.selectors.COUNT_LIMIT", 1)
    stopped = [make_person(last_name=f"Archer {n}", email=f"ann{n}@example.com") for n in range(2)]
    make_person(last_name="Twin", email="Ann1@example.com")
    make_person(last_name="Baker")
    for person in stopped:
        stop(person)

    response = seller_client.get("/people/?unsubscribed=true&sort=last_name")

    assert [row.last_name for row in response.context["people"]] == ["Archer 0", "Archer 1", "Twin"]
    assert not response.context["listed"].is_count_exact


def test_the_list_of_the_unsubscribed_says_so(seller_client):
    page = seller_client.get("/people/?unsubscribed=true").content.decode()

    assert re.search(r"<h1[^>]*>\s*Unsubscribes", page)
    assert page.count('aria-current="page"') == 2


def test_the_list_marks_whoever_gets_no_more_emails(seller_client):
    ann = make_person(first_name="Ann", email="ann@example.com")
    make_person(first_name="Twin", email="Ann@example.com")
    winner, loser = make_person(first_name="Winner"), make_person(email="old@example.com")
    make_person(first_name="Bo", email="bo@example.com")
    stop(ann)
    stop(loser)
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    people = seller_client.get("/people/").context["people"]

    marked = {person.first_name for person in people if person.unsubscribed_at}
    assert marked == {"Ann", "Twin", "Winner"}
