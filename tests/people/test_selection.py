"""All that match are the people whom the list showed: those with the words, or similar ones."""

import re
from html import unescape

import pytest
from django.http import QueryDict
from django.utils import timezone

from people.models import Group
from people.selection import selected_people
from syncing.people_sync.removals import remove_people
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def all_in(page):
    """The fields of the bar under the list when all that match are chosen."""
    query = re.search(r'name="query" value="([^"]*)"', page.content.decode())[1]
    return {"all": "1", "query": unescape(query)}


def chosen(fields, user):
    data = QueryDict(mutable=True)
    data.update(fields)
    return set(selected_people(data=data, user=user))


def export_link(page):
    return unescape(re.search(r'href="(/people/export/[^"]*)" download', page.content.decode())[1])


def lines_of(response):
    return len(b"".join(response.streaming_content).splitlines()) - 1


def test_all_that_match_never_become_similar_people(seller_client, seller):
    make_people(5, last_name="Johnson")
    person = make_person(last_name="Jonhson")
    fields = all_in(seller_client.get("/people/?q=jonhson"))
    assert chosen(fields, seller) == {person}
    remove_people({person.marketo_id: "OWNER_LOST"}, now=timezone.now())
    assert chosen(fields, seller) == set()


def test_all_similar_people_stay_so_when_somebody_has_the_very_word(seller_client, seller):
    shown = set(make_people(5, last_name="Johnson"))
    page = seller_client.get("/people/?q=jonhson")
    assert page.context["listed"].is_similar
    make_person(last_name="Jonhson")
    assert shown <= chosen(all_in(page), seller)


def test_a_form_in_between_still_means_the_similar_people(seller_client):
    people = make_people(5, last_name="Johnson")
    fields = all_in(seller_client.get("/people/?q=jonhson"))
    form = seller_client.post("/people/groups/new/", fields)
    seller_client.post("/people/groups/new/", {"name": "VIP", **dict(form.context["selection"])})
    assert set(Group.objects.get().people.all()) == set(people)


def test_similar_to_no_word_is_nobody(seller):
    make_people(3)
    assert chosen({"all": "1", "query": "q=%2B&similar=1"}, seller) == set()
    assert chosen({"all": "1", "query": "similar=1"}, seller) == set()


def test_the_export_link_has_the_people_of_the_list(seller_client):
    make_people(5, last_name="Johnson")
    similar = export_link(seller_client.get("/people/?q=jonhson"))
    person = make_person(last_name="Jonhson")
    exact = export_link(seller_client.get("/people/?q=jonhson&similar=1"))
    assert lines_of(seller_client.get(exact)) == 1
    remove_people({person.marketo_id: "OWNER_LOST"}, now=timezone.now())
    assert lines_of(seller_client.get(exact)) == 0
    assert lines_of(seller_client.get(similar)) == 5
