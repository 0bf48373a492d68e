"""What happens here is told, in the transaction in which it happens."""

import pytest
from django.db import transaction
from django.utils import timezone

from activities.models import Activity
from people.models import Person, Unsubscribe
from people.unsubscribes import unsubscribe
from syncing.people_sync.load import add_people, encode, merge_people
from syncing.people_sync.removals import merge_losers, remove_people
from syncing.webhooks.models import Message
from syncing.webhooks.outbox import enqueue
from syncing.webhooks.sweep import sweep
from tests.activities.logged import log
from tests.factories import make_people, make_person, person_row
from tests.people.api.conftest import Api
from tests.syncing.people_sync.driving import full_sync
from tests.syncing.webhooks.driving import NOW

pytestmark = pytest.mark.django_db
DELETED = Person.RemovedReason.DELETED


def told(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))


def test_a_new_person_and_a_change_are_told_as_the_api_shows_the_person(endpoint, token):
    person = make_person(company="Old")
    api = Api(token[1])
    first = api.get(f"people/{person.pk}/").json()
    merge_people([person_row(marketo_id=person.marketo_id, company="New")], now=timezone.now())
    second = api.get(f"people/{person.pk}/").json()

    assert told("person.updated") == [first, second]
    assert second["company"] == "New"


def test_what_brings_nothing_new_is_not_told(endpoint):
    row = person_row()
    merge_people([row], now=NOW)
    merge_people([row], now=NOW)
    merge_people([row._replace(marketo_updated_at=NOW)], now=NOW)

    assert len(told("person.updated")) == 1


def test_who_leaves_is_told_with_the_reason_and_who_comes_back_too(endpoint):
    (person,) = make_people(1)
    Message.objects.all().delete()

    remove_people({person.marketo_id: DELETED}, now=NOW)
    remove_people({person.marketo_id: DELETED}, now=NOW)

    (gone,) = told("person.removed")
    assert (gone["id"], gone["state"], gone["removed_reason"]) == (person.pk, "removed", "deleted")
    merge_people([person_row(marketo_id=person.marketo_id)], now=NOW)
    (back,) = told("person.updated")
    assert (back["id"], back["state"]) == (person.pk, "active")


def test_who_was_merged_away_is_told_once(endpoint):
    loser, winner = make_people(2)
    Message.objects.all().delete()

    merge_losers({loser.marketo_id: winner.marketo_id}, now=NOW)

    assert [person["removed_reason"] for person in told("person.removed")] == ["merged"]
    assert Message.objects.count() == 1


def test_a_load_into_an_empty_workspace_tells_nothing(endpoint):
    rows = [person_row() for _ in range(3)]
    add_people(encode(list(zip(*rows, strict=True))), now=NOW)

    assert not Message.objects.exists()


def test_an_initial_sync_tells_nothing_and_changes_afterwards_are_told(
    endpoint, marketo_with_list, sandbox
):
    full_sync()
    assert Person.objects.exists()
    assert not Message.objects.exists()

    person = Person.objects.active().first()
    merge_people([person_row(marketo_id=person.marketo_id)], now=timezone.now())
    assert [data["id"] for data in told("person.updated")] == [person.pk]


def test_an_activity_is_told_as_the_api_shows_it_without_its_deliveries(endpoint, seller, token):
    person = make_person()
    activity = log(person, seller, kind=Activity.Kind.EMAIL_SENT)
    shown = Api(token[1]).get("activities/").json()["results"][0]
    del shown["deliveries"]

    assert told("activity.recorded") == [shown]
    assert shown["uuid"] == str(activity.uuid)


def test_an_unsubscribe_is_told_as_the_api_shows_it(endpoint, token):
    person = make_person()
    unsubscribe(person=person, source=Unsubscribe.Source.CLICKED_LINK, now=NOW)
    unsubscribe(person=person, source=Unsubscribe.Source.CLICKED_LINK, now=NOW)

    shown = Api(token[1]).get("unsubscribes/").json()["results"]
    assert told("unsubscribe.created") == shown
    assert len(shown) == 1


def test_what_is_rolled_back_is_not_told(endpoint):
    person = make_person()
    Message.objects.all().delete()
    with transaction.atomic():
        unsubscribe(person=person, source=Unsubscribe.Source.MANUAL, now=NOW)
        transaction.set_rollback(True)

    assert not Message.objects.exists()


def test_every_endpoint_is_told_of_the_same_event(endpoint, receiver):
    type(endpoint).objects.create(url=receiver.url, secret="s", created_at=NOW)
    make_person()

    sweep(now=timezone.now())

    first, second = receiver.events
    assert first == second


def test_without_an_endpoint_nobody_even_looks(db, django_assert_num_queries):
    def nobody_asks():
        raise AssertionError

    with django_assert_num_queries(1):
        enqueue(nobody_asks, now=NOW)
