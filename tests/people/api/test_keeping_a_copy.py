"""A consumer that follows docs/api.md has, in the end, what is here: nothing more, nothing less."""

import random
from datetime import timedelta

import pytest

from people.models import Person
from syncing.people_sync.load import merge_people
from syncing.people_sync.removals import remove_people
from tests.factories import make_people, make_person, person_row
from tests.people.api.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_rate_limit(settings):
    settings.API_CALLS_PER_MINUTE = 1_000_000


REASONS = list(Person.RemovedReason)


class Copy:
    """The consumer: keeps people by id and the latest `updated_at` it has seen."""

    def __init__(self, api, limit):
        self.api = api
        self.limit = limit
        self.people = {}
        self.latest = "1970-01-01T00:00:00Z"

    def sync(self, *, between_pages=lambda: None):
        """Read all that changed; return the ids in the order they came."""
        page = self.api.get(state="all", updated_since=self.latest, limit=self.limit).json()
        ids = self.keep(page)
        while page["next"]:
            between_pages()
            page = self.api.follow(page["next"])
            ids += self.keep(page)
        return ids

    def keep(self, page):
        for person in page["results"]:
            self.people[person["id"]] = person
            self.latest = max(self.latest, person["updated_at"])
        return [person["id"] for person in page["results"]]

    def shown(self):
        """Marketo id, title and state of everybody in the copy."""
        return {
            (person["marketo_id"], person["title"], person["state"], person["removed_reason"])
            for person in self.people.values()
        }


def truth():
    return {
        (marketo_id, title or None, state.lower(), reason.lower() or None)
        for marketo_id, title, state, reason in Person.objects.values_list(
            "marketo_id", "title", "state", "removed_reason"
        )
    }


class Writer:
    """Random changes, as the sync brings them: some at once, now and then with a clock set back."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = NOW

    def write(self):
        self.now += timedelta(seconds=self.random.choice([-3, 0, 0, 1, 5]))
        some = self.random.sample(range(1, 61), self.random.randint(1, 12))
        if self.random.random() < 0.3:
            remove_people({pk: self.random.choice(REASONS) for pk in some}, now=self.now)
        else:
            titles = ("", "Buyer", "Chief", "Head of Steel")
            rows = [person_row(marketo_id=pk, title=self.random.choice(titles)) for pk in some]
            merge_people(rows, now=self.now)


@pytest.mark.parametrize("seed", range(6))
def test_copy_equals_the_truth_whatever_changes_between_pages(api, seed):
    writer = Writer(seed)
    copy = Copy(api, limit=writer.random.choice([1, 2, 7, 50]))
    for _ in range(3):
        writer.write()

    for _ in range(4):
        left = iter(range(15))  # the writer rests in the end, so that the consumer can catch up
        copy.sync(between_pages=lambda left=left: next(left, None) is not None and writer.write())
        writer.write()
    copy.sync()

    assert copy.shown() == truth()


def test_quiet_table_is_read_once_and_each_person_once(api):
    people = make_people(30, now=NOW)
    copy = Copy(api, limit=7)

    assert copy.sync() == [person.pk for person in people]


def test_person_changed_behind_the_consumer_s_back_comes_again_with_the_change(api):
    first = make_person(marketo_id=1, title="Buyer", now=NOW)
    make_people(5, now=NOW + timedelta(seconds=1))
    copy = Copy(api, limit=2)
    changes = iter([[person_row(marketo_id=1, title="Chief")]])

    def change_once():
        for rows in changes:
            merge_people(rows, now=NOW + timedelta(seconds=2))

    ids = copy.sync(between_pages=change_once)

    assert (ids[0], ids[-1]) == (first.pk, first.pk)
    assert copy.people[first.pk]["title"] == "Chief"


def test_person_changed_ahead_of_the_consumer_comes_once(api):
    make_people(4, now=NOW)
    last = make_person(marketo_id=1, title="Buyer", now=NOW)
    copy = Copy(api, limit=2)
    changes = iter([[person_row(marketo_id=1, title="Chief")]])

    def change_once():
        for rows in changes:
            merge_people(rows, now=NOW + timedelta(seconds=2))

    ids = copy.sync(between_pages=change_once)

    assert ids.count(last.pk) == 1
    assert copy.people[last.pk]["title"] == "Chief"


def test_batch_with_one_time_stamp_is_split_over_pages_without_loss(api):
    people = make_people(20, now=NOW)
    assert Person.objects.values("updated_at").distinct().count() == 1

    assert Copy(api, limit=3).sync() == [person.pk for person in people]


def test_removal_reaches_the_copy_and_so_does_the_return(api):
    person = make_person(marketo_id=1, now=NOW)
    copy = Copy(api, limit=10)
    copy.sync()

    remove_people({1: Person.RemovedReason.OWNER_LOST}, now=NOW + timedelta(seconds=1))
    copy.sync()
    gone = copy.people[person.pk]["state"]
    merge_people([person_row(marketo_id=1)], now=NOW + timedelta(seconds=2))
    copy.sync()

    assert gone == "removed"
    assert copy.people[person.pk]["state"] == "active"


def test_change_that_shows_nothing_new_is_not_sent_again(api):
    row = person_row(marketo_id=1)
    merge_people([row], now=NOW)
    copy = Copy(api, limit=10)
    copy.sync()

    merge_people([row], now=NOW + timedelta(hours=1))

    assert copy.api.ids(updated_since="2026-11-22T09:30:00Z", state="all") == []


def test_copy_of_a_filtered_list_is_kept_the_same_way(api):
    mine = make_person(marketo_id=1, company="Acme", now=NOW)
    make_people(3, now=NOW)

    remove_people({1: Person.RemovedReason.DELETED}, now=NOW + timedelta(seconds=1))

    assert api.ids(company="acme", state="all", updated_since="2026-11-22T09:00:01Z") == [mine.pk]
