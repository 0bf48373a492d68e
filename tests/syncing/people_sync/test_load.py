from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from people.models import DuplicateEmail, Person, PersonChange
from syncing.people_sync.duplicates import rebuild_duplicates
from syncing.people_sync.load import (
    SHOWN_COLUMNS,
    MergeResult,
    PersonRow,
    add_people,
    encode,
    merge_people,
)
from syncing.people_sync.removals import remove_people
from tests.factories import make_people, make_person, person_row
from tests.nasty import NASTY

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LONG_COLUMNS = [
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "source",
]


def encoded(rows):
    return encode(list(zip(*rows, strict=True)))


def versions():
    """Where each person's row is stored: it moves whenever PostgreSQL writes the row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT marketo_id, ctid::text, xmin::text FROM people_person ORDER BY 1")
        return cursor.fetchall()


def merge(*rows, now=NOW, **options):
    return merge_people(rows, now=now, **options)


def test_new_people_are_inserted_without_history():
    result = merge(person_row(marketo_id=1), person_row(marketo_id=2))
    assert result == MergeResult(inserted=2)
    assert Person.objects.active().count() == 2
    assert not PersonChange.objects.exists()


def test_every_column_arrives():
    row = PersonRow(
        7,
        *[f"value of {name}"[:18] for name in SHOWN_COLUMNS[:-2]],
        "Contact",
        NOW - timedelta(days=9),
        NOW - timedelta(days=1),
    )
    merge(row, with_opportunities=True)
    person = Person.objects.get()
    assert tuple(getattr(person, name) for name in PersonRow._fields) == row
    assert (person.created_at, person.updated_at) == (NOW, NOW)


def test_resync_without_changes_writes_nothing():
    rows = [person_row(marketo_id=n, marketo_updated_at=NOW) for n in range(1, 51)]
    merge(*rows)
    before = versions()
    assert merge(*rows, now=LATER) == MergeResult(unchanged=50)
    assert versions() == before
    assert not PersonChange.objects.exists()


def test_a_change_is_written_with_its_history():
    merge(person_row(marketo_id=1, company="Acme", title="Buyer"), person_row(marketo_id=2))
    result = merge(
        person_row(marketo_id=1, company="Acme Ltd", title="Buyer"),
        person_row(marketo_id=2),
        now=LATER,
    )
    assert result == MergeResult(updated=1, unchanged=1)
    change = PersonChange.objects.get()
    assert change.changes == {"company": ["Acme", "Acme Ltd"]}
    assert (change.kind, change.happened_at) == (PersonChange.Kind.UPDATED, LATER)
    assert change.person.updated_at == LATER
    assert change.person.created_at == NOW


def test_changed_dates_are_kept_in_history_as_text():
    make_person(marketo_id=1, marketo_created_at=NOW)
    merge(person_row(marketo_id=1, marketo_created_at=LATER))
    (change,) = PersonChange.objects.get().changes["marketo_created_at"][1:]
    assert datetime.fromisoformat(change) == LATER


def test_a_newer_modification_time_alone_is_stored_without_telling_anybody():
    merge(person_row(marketo_id=1, marketo_updated_at=NOW))
    result = merge(person_row(marketo_id=1, marketo_updated_at=LATER), now=LATER)
    assert result == MergeResult(unchanged=1)
    person = Person.objects.get()
    assert (person.marketo_updated_at, person.updated_at) == (LATER, NOW)
    assert not PersonChange.objects.exists()


def test_an_older_copy_does_not_replace_a_newer_one():
    merge(person_row(marketo_id=1, title="CEO", marketo_updated_at=LATER))
    older = person_row(marketo_id=1, title="Buyer", marketo_updated_at=NOW)
    assert merge(older, may_be_stale=True) == MergeResult(unchanged=1)
    assert Person.objects.get().title == "CEO"


def test_a_copy_without_a_date_is_taken_as_it_comes():
    merge(person_row(marketo_id=1, title="Buyer", marketo_updated_at=NOW))
    merge(person_row(marketo_id=1, title="CEO", marketo_updated_at=None))
    assert Person.objects.get().title == "CEO"


def test_of_two_copies_in_one_batch_the_newest_wins():
    result = merge(
        person_row(marketo_id=1, title="CEO", marketo_updated_at=LATER),
        person_row(marketo_id=1, title="Buyer", marketo_updated_at=NOW),
        person_row(marketo_id=1, title="Nobody", marketo_updated_at=None),
    )
    assert result == MergeResult(inserted=1, unchanged=2)
    assert Person.objects.get().title == "CEO"


@pytest.mark.parametrize("column", LONG_COLUMNS)
def test_nasty_strings_come_through_unharmed(column):
    rows = [person_row(marketo_id=number, **{column: text}) for number, text in enumerate(NASTY, 1)]
    assert merge(*rows).inserted == len(NASTY)
    assert merge(*rows).written == 0
    stored = Person.objects.order_by("marketo_id").values_list(column, flat=True)
    assert list(stored) == list(NASTY)


def test_what_postgresql_cannot_store_is_replaced_and_stays_put():
    row = person_row(marketo_id=1, first_name="A\0nn", last_name="half \ud83d pair")
    merge(row)
    assert merge(row).written == 0
    person = Person.objects.get()
    assert (person.first_name, person.last_name) == ("Ann", "half ? pair")


@pytest.mark.parametrize("column", LONG_COLUMNS)
def test_people_added_to_an_empty_table_are_as_if_merged(column):
    rows = [person_row(marketo_id=number, **{column: text}) for number, text in enumerate(NASTY, 1)]
    assert add_people(encoded(rows), now=NOW) == MergeResult(inserted=len(NASTY))
    added = list(Person.objects.order_by("marketo_id").values())
    assert merge(*rows, now=LATER).written == 0
    assert [person[column] for person in added] == list(NASTY)
    assert {person["state"] for person in added} == {"ACTIVE"}
    assert {person["created_at"] for person in added} == {NOW}


@pytest.mark.parametrize("again", [1, 3])
def test_nobody_is_added_who_is_here_or_comes_twice(again):
    merge(person_row(marketo_id=1, first_name="Ann"))
    rows = [person_row(marketo_id=number) for number in (2, 3, again)]
    with pytest.raises(IntegrityError), transaction.atomic():
        add_people(encoded(rows), now=LATER)
    assert [person.first_name for person in Person.objects.all()] == ["Ann"]


def test_nobody_at_all_can_be_added():
    assert add_people(encoded([]), now=NOW) == MergeResult()


def test_a_converted_lead_keeps_its_lead_id():
    merge(person_row(marketo_id=1, sfdc_type="Lead", salesforce_lead_id="00Q000000000001"))
    merge(
        person_row(
            marketo_id=1,
            sfdc_type="Contact",
            salesforce_lead_id="",
            salesforce_contact_id="003000000000001",
            salesforce_account_id="001000000000001",
        ),
        now=LATER,
    )
    person = Person.objects.get()
    assert person.salesforce_lead_id == "00Q000000000001"
    assert person.salesforce_contact_id == "003000000000001"
    change = PersonChange.objects.get()
    assert change.kind == PersonChange.Kind.CONVERTED
    assert change.changes["sfdc_type"] == ["Lead", "Contact"]
    assert "salesforce_lead_id" not in change.changes


def test_a_lead_that_stays_a_lead_may_lose_its_lead_id():
    merge(person_row(marketo_id=1, sfdc_type="Lead", salesforce_lead_id="00Q000000000001"))
    merge(person_row(marketo_id=1, sfdc_type="Lead", salesforce_lead_id=""))
    assert Person.objects.get().salesforce_lead_id == ""


def test_rows_without_opportunities_leave_them_alone():
    opportunity = "006000000000001"
    merge(person_row(marketo_id=1, salesforce_opportunity_id=opportunity), with_opportunities=True)
    assert merge(person_row(marketo_id=1)).written == 0
    assert Person.objects.get().salesforce_opportunity_id == opportunity
    assert merge(person_row(marketo_id=1), with_opportunities=True).updated == 1
    assert Person.objects.get().salesforce_opportunity_id == ""


def test_a_removed_person_comes_back():
    person = make_person(marketo_id=1, removed_reason="OWNER_LOST", now=NOW)
    assert person.state == Person.State.REMOVED
    row = person_row(marketo_id=1, owner_salesforce_id="005000000000009AAA")
    assert merge(row, now=LATER).updated == 1
    person.refresh_from_db()
    assert person.state == Person.State.ACTIVE
    assert (person.removed_reason, person.removed_at) == ("", None)
    change = person.changes.get(kind=PersonChange.Kind.RESTORED)
    assert change.happened_at == LATER
    assert "owner_salesforce_id" in change.changes


def test_a_removed_person_that_comes_back_the_same_is_written():
    make_person(marketo_id=1, removed_reason="DELETED")
    assert merge(person_row(marketo_id=1)).updated == 1
    assert Person.objects.active().count() == 1


def test_updated_at_grows_even_if_the_clock_steps_back():
    merge(person_row(marketo_id=1))
    merge(person_row(marketo_id=2), now=NOW - timedelta(days=1))
    remove_people({1: Person.RemovedReason.DELETED}, now=NOW - timedelta(days=2))
    first, second = Person.objects.order_by("-marketo_id").values_list("updated_at", flat=True)
    assert NOW < first < second


def test_no_rows_are_no_work():
    assert merge() == MergeResult()


def test_addresses_of_several_people_are_counted_without_regard_to_case():
    merge(
        person_row(marketo_id=1, email="Ann@Example.com"),
        person_row(marketo_id=2, email="ann@example.COM"),
        person_row(marketo_id=3, email="bob@example.com"),
        person_row(marketo_id=4, email=""),
        person_row(marketo_id=5, email=""),
    )
    assert list(DuplicateEmail.objects.values_list()) == [("ann@example.com", 2)]


def test_counts_of_addresses_follow_each_change():
    people = make_people(3, email="same@example.com")
    assert DuplicateEmail.objects.get().people == 3
    merge(person_row(marketo_id=people[0].marketo_id, email="other@example.com"))
    assert DuplicateEmail.objects.get().people == 2
    remove_people({people[1].marketo_id: Person.RemovedReason.DELETED}, now=LATER)
    assert not DuplicateEmail.objects.exists()
    merge(person_row(marketo_id=people[1].marketo_id, email="same@example.com"))
    assert DuplicateEmail.objects.get().people == 2


def test_counts_of_addresses_can_be_made_afresh():
    rows = [person_row(email="same@example.com") for _ in range(4)]
    merge(*rows, with_duplicates=False)
    assert not DuplicateEmail.objects.exists()
    rebuild_duplicates()
    rebuild_duplicates()
    assert list(DuplicateEmail.objects.values_list()) == [("same@example.com", 4)]


@pytest.mark.django_db(transaction=True)
def test_a_merge_that_fails_leaves_nothing_behind():
    def rows():
        yield person_row(marketo_id=1)
        raise RuntimeError("the feed broke")

    with pytest.raises(RuntimeError):
        merge_people(rows(), now=NOW)
    assert not Person.objects.exists()
    assert merge(person_row(marketo_id=2)).inserted == 1


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_merge_leaves_no_rows_for_the_next_one():
    with transaction.atomic():
        merge(person_row(marketo_id=1))
        transaction.set_rollback(True)
    assert merge(person_row(marketo_id=2)) == MergeResult(inserted=1)


def test_what_may_be_stale_brings_nobody_back():
    person = make_person(marketo_id=1, removed_reason="DELETED")
    assert merge(person_row(marketo_id=1, title="CEO"), may_be_stale=True).written == 0
    person.refresh_from_db()
    assert person.state == Person.State.REMOVED


def test_what_is_read_just_now_counts_whatever_its_date():
    merge(person_row(marketo_id=1, title="CEO", marketo_updated_at=LATER))
    merge(person_row(marketo_id=1, title="Buyer", marketo_updated_at=NOW))
    assert Person.objects.get().title == "Buyer"
