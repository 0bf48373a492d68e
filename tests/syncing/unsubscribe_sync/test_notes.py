"""Where an unsubscribe came from and goes, on the pages of a person."""

import pytest
from django.urls import reverse

from people.models import Unsubscribe
from syncing.unsubscribe_sync.models import UnsubscribeSync
from syncing.unsubscribe_sync.notes import notes_on
from tests.factories import make_person
from tests.syncing.unsubscribe_sync.conftest import OPT_OUT, person_with, run_now, stop

pytestmark = pytest.mark.django_db


def drawer(client, person):
    return client.get(reverse("people:unsubscribe"), {"person": person.pk}).text


def test_what_came_from_salesforce_says_so(seller_client, nightly, salesforce):
    ann, _record_id = person_with(salesforce, **{OPT_OUT: True})
    run_now()

    for page in (
        seller_client.get(reverse("people:person", args=[ann.pk])).text,
        drawer(seller_client, ann),
    ):
        assert "Salesforce sync" in page
        assert (
            "It came from Salesforce: a lead or contact there is opted out (Email Opt Out)." in page
        )


def test_the_drawer_says_that_it_goes_to_salesforce_and_to_which_fields(seller_client, main):
    ann = make_person()
    assert "opted out (Email Opt Out)." in drawer(seller_client, ann)

    UnsubscribeSync.store(sales_field="Sales_Opt_Out__c")
    assert "opted out (Email Opt Out, Sales_Opt_Out__c)." in drawer(seller_client, ann)


def test_without_a_connection_the_drawer_says_nothing_of_salesforce(seller_client):
    assert "Salesforce" not in drawer(seller_client, make_person()).split("<main")[1]


def test_the_drawer_says_where_an_unsubscribe_of_the_same_address_came_from(seller_client):
    ann, twin = (make_person(email="ann@example.com") for _ in range(2))
    stop(ann, source=Unsubscribe.Source.CLICKED_LINK)

    page = drawer(seller_client, twin)

    assert "stopped already" in page
    assert "Clicked link" in page
    assert f"as {ann.name}, with the same address" in page


def test_the_fields_are_looked_up_only_when_somebody_came_from_there(django_assert_num_queries):
    stop(make_person())
    unsubscribes = list(Unsubscribe.objects.all())
    with django_assert_num_queries(1):
        assert notes_on(unsubscribes) == {}
