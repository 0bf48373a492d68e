import threading

import pytest
from django.db import connection

from admin_config.models import Team
from people import groups
from people.errors import Refused
from people.models import Group, GroupMembership, Person
from tests.factories import make_people, make_person, make_user

pytestmark = pytest.mark.django_db


def ids(people):
    return [str(person.pk) for person in people]


@pytest.fixture
def group(seller):
    return Group.objects.create(owner=seller, name="Mine")


def test_create_shares_with_the_chosen_teams_and_opens_the_group(seller_client, seller):
    team = Team.objects.create(name="West")
    seller.teams.add(team)
    response = seller_client.post("/people/groups/new/", {"name": "VIP", "teams": [team.pk]})
    group = Group.objects.get()
    assert (group.owner, group.name, list(group.teams.all())) == (seller, "VIP", [team])
    assert response.url == f"/people/?group={group.pk}"


def test_a_new_group_has_the_people_who_were_ticked_for_it(seller_client):
    ticked = make_people(3)[:2]
    form = seller_client.post("/people/groups/new/", {"person": ids(ticked)})
    assert "field is required" not in form.content.decode()
    for pk in ids(ticked):
        assert f'<input type="hidden" name="person" value="{pk}">' in form.content.decode()

    page = seller_client.post(
        "/people/groups/new/", {"name": "VIP", "person": ids(ticked)}, follow=True
    )
    assert set(Group.objects.get().people.all()) == set(ticked)
    assert "2 people added to “VIP”." in page.content.decode()


def test_a_new_group_has_all_that_match_when_all_were_chosen(seller_client):
    make_people(70, company="Acme")
    make_people(5, company="Other")
    selection = {"all": "1", "query": "company=acme"}
    form = seller_client.post("/people/groups/new/", selection)
    assert dict(form.context["selection"]) == selection
    seller_client.post("/people/groups/new/", {"name": "VIP", **selection})
    assert Group.objects.get().people.count() == 70


def test_no_group_is_made_when_the_people_do_not_fit(seller_client):
    make_people(201, company="Acme")
    data = {"name": "VIP", "all": "1", "query": "company=acme"}
    page = seller_client.post("/people/groups/new/", data).content.decode()
    assert "Nobody was added." in page
    assert not Group.objects.exists()


def test_the_bar_offers_a_new_group_beside_the_others(seller_client, group):
    make_person()
    assert "Add to new group" in seller_client.get("/people/").content.decode()


def test_htmx_form_is_sent_on_by_a_header(seller_client):
    response = seller_client.post(
        "/people/groups/new/", {"name": "VIP"}, headers={"hx-request": "true"}
    )
    assert response["HX-Redirect"] == f"/people/?group={Group.objects.get().pk}"


def test_the_same_name_twice_is_refused_in_words(seller_client, group):
    response = seller_client.post("/people/groups/new/", {"name": "MINE"})
    assert "You already have a group with this name." in response.content.decode()
    assert Group.objects.count() == 1


def test_fifty_groups_are_the_limit(seller_client, seller):
    Group.objects.bulk_create(Group(owner=seller, name=f"G{number}") for number in range(50))
    response = seller_client.post("/people/groups/new/", {"name": "One more"})
    assert "You have 50 groups already." in response.content.decode()
    assert Group.objects.count() == 50


def test_rename_and_unshare(seller_client, seller, group):
    team = Team.objects.create(name="West")
    group.teams.add(team)
    seller_client.post(f"/people/groups/{group.pk}/", {"name": "Renamed"})
    group.refresh_from_db()
    assert group.name == "Renamed"
    assert not group.teams.exists()


def test_nobody_shares_with_a_team_they_are_not_in(seller_client, group):
    foreign = Team.objects.create(name="Foreign")
    seller_client.post(f"/people/groups/{group.pk}/", {"name": "Mine", "teams": [foreign.pk]})
    assert not group.teams.exists()


def test_delete_says_how_many_people_and_keeps_them(seller_client, group):
    groups.add_people(group=group, people=Person.objects.filter(pk__in=ids(make_people(3))))
    assert "3 people" in seller_client.get(f"/people/groups/{group.pk}/delete/").content.decode()
    assert Group.objects.exists()
    seller_client.post(f"/people/groups/{group.pk}/delete/")
    assert not Group.objects.exists()
    assert Person.objects.count() == 3


def test_add_and_remove_ticked_people(seller_client, group):
    people = make_people(3)
    data = {"group": group.pk, "person": ids(people[:2]), "next": "/people/?q=ann"}
    response = seller_client.post("/people/groups/add/", data)
    assert response.url == "/people/?q=ann"
    assert group.people.count() == 2
    seller_client.post("/people/groups/remove/", {"group": group.pk, "person": ids(people[:1])})
    assert list(group.people.all()) == [people[1]]


def test_adding_somebody_twice_changes_nothing(seller_client, group):
    person = make_person()
    for _ in range(2):
        seller_client.post("/people/groups/add/", {"group": group.pk, "person": [person.pk]})
    assert group.people.count() == 1


def test_all_that_match_means_all_pages(seller_client, group):
    make_people(70, company="Acme")
    make_people(5, company="Other")
    data = {"group": group.pk, "all": "1", "query": "company=acme"}
    seller_client.post("/people/groups/add/", data)
    assert group.people.count() == 70
    seller_client.post("/people/groups/remove/", data)
    assert group.people.count() == 0


def test_more_than_fit_are_refused_and_the_page_says_how_many_would(seller_client, group):
    groups.add_people(group=group, people=Person.objects.filter(pk__in=ids(make_people(150))))
    make_people(51, company="Acme")
    data = {"group": group.pk, "all": "1", "query": "company=acme"}
    page = seller_client.post("/people/groups/add/", data, follow=True).content.decode()
    assert "has room for 50 more. Nobody was added." in page
    assert group.people.count() == 150


def test_a_full_group_says_so(seller_client, group):
    groups.add_people(group=group, people=Person.objects.filter(pk__in=ids(make_people(200))))
    data = {"group": group.pk, "person": [make_person().pk]}
    page = seller_client.post("/people/groups/add/", data, follow=True).content.decode()
    assert "is full: a group holds 200 people" in page


@pytest.mark.parametrize("path", ["/people/groups/{}/", "/people/groups/{}/delete/"])
def test_a_group_nobody_shared_does_not_exist_for_others(seller_client, other_seller, path):
    secret = Group.objects.create(owner=other_seller, name="Secret")
    secret.teams.add(Team.objects.create(name="Foreign"))
    url = path.format(secret.pk)
    assert seller_client.get(url).status_code == 404
    assert seller_client.post(url, {"name": "Taken"}).status_code == 404
    assert seller_client.get(f"/people/?group={secret.pk}").status_code == 404
    data = {"group": secret.pk, "person": [make_person().pk]}
    assert seller_client.post("/people/groups/add/", data).status_code == 404
    assert not secret.people.exists()


def test_members_of_a_team_see_its_groups_but_only_the_owner_changes_them(
    seller_client, seller, other_seller
):
    team = Team.objects.create(name="West")
    seller.teams.add(team)
    shared = Group.objects.create(owner=other_seller, name="Shared")
    shared.teams.add(team)
    page = seller_client.get(f"/people/?group={shared.pk}")
    assert page.status_code == 200
    assert "Shared by Olga Other" in page.content.decode()
    assert "Delete group" not in page.content.decode()
    for path in (f"/people/groups/{shared.pk}/", f"/people/groups/{shared.pk}/delete/"):
        assert seller_client.post(path, {"name": "Taken"}).status_code == 403
    data = {"group": shared.pk, "person": [make_person().pk]}
    assert seller_client.post("/people/groups/add/", data).status_code == 403
    shared.refresh_from_db()
    assert shared.name == "Shared"


def test_a_shared_group_stands_once_in_its_owners_sidebar(seller_client, seller, group):
    team = Team.objects.create(name="West")
    seller.teams.add(team)
    group.teams.add(team)
    page = seller_client.get("/people/").content.decode()
    assert page.count(f'href="/people/?group={group.pk}"') == 1


def test_groups_are_in_the_order_of_their_numbers(seller_client, seller):
    names = ["Tour 1", "tour 2", "Tour 10", "Tour 10 b", "Zoo"]
    person = make_person()
    for name in reversed(names):
        made = Group.objects.create(owner=seller, name=name)
        groups.add_people(group=made, people=Person.objects.filter(pk=person.pk))
    response = seller_client.get("/people/")
    assert [group.name for group in response.context["own_groups"]] == names
    assert f"<td>{', '.join(names)}</td>" in response.content.decode()


@pytest.mark.parametrize("pk", ["", "x", "-1", "9" * 30, "٣"])
def test_an_impossible_group_is_not_found(seller_client, pk):
    assert seller_client.post("/people/groups/add/", {"group": pk}).status_code == 404
    assert seller_client.get("/people/", {"group": pk or "x"}).status_code == 404


def test_nobody_is_sent_to_another_site(seller_client, group):
    data = {"group": group.pk, "person": [], "next": "https://evil.example/"}
    assert seller_client.post("/people/groups/add/", data).url == "/people/"


def test_nobody_is_added_to_a_group_that_was_deleted_meanwhile(group):
    people = Person.objects.filter(pk=make_person().pk)
    Group.objects.all().delete()
    with pytest.raises(Refused, match="“Mine” is gone"):
        groups.add_people(group=group, people=people)
    assert groups.remove_people(group=group, people=people) == 0


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_people_holds_when_two_add_at_once():
    group = Group.objects.create(owner=make_user(), name="Race")
    people = make_people(240)
    halves = [ids(people[:120]), ids(people[120:])]
    refused = in_parallel(
        lambda half: groups.add_people(group=group, people=Person.objects.filter(pk__in=half)),
        halves,
    )
    assert len(refused) == 1
    assert GroupMembership.objects.filter(group=group).count() == 120


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_groups_holds_when_two_are_made_at_once():
    owner = make_user()
    Group.objects.bulk_create(Group(owner=owner, name=f"G{number}") for number in range(49))
    refused = in_parallel(lambda name: groups.create_group(owner=owner, name=name), ["A", "B"])
    assert len(refused) == 1
    assert Group.objects.filter(owner=owner).count() == 50


def in_parallel(act, arguments):
    """Run `act` in a thread for each argument, all at once; return who was refused."""
    refused = []
    start = threading.Barrier(len(arguments))

    def run(argument):
        try:
            start.wait(timeout=10)
            act(argument)
        except Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[argument]) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return refused
