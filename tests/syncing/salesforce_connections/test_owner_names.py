import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from people.models import SalesforceUser
from syncing.errors import Permanent, QuotaExhausted, Transient
from syncing.models import MarketoConnection
from syncing.people_sync.load import merge_people
from syncing.salesforce_connections.budget import own_calls
from syncing.salesforce_connections.connecting import disconnect, disconnect_everybody
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.owner_names import read_owner_names
from syncing.salesforce_connections.tasks import read_names_of_owners
from syncing.sandbox import OWNERS
from tests.crossing import cross
from tests.factories import make_people, make_person, person_row
from tests.syncing.salesforce_connections.conftest import connect_main

pytestmark = pytest.mark.django_db
PRIYA, DIEGO = (owner.salesforce_id for owner in OWNERS[2:4])
NOBODY = "005000000000009AAA"
QUERY = "GET /services/data/v66.0/query"
DAY = timedelta(days=1)


def names():
    return dict(SalesforceUser.objects.exclude(name="").values_list("short_id", "name"))


def read(*, after=timedelta()):
    return read_owner_names(now=timezone.now() + after)


@pytest.fixture
def queries(main, salesforce):
    """How many queries were made since connecting."""
    before = salesforce.calls()[QUERY]
    return lambda: salesforce.calls()[QUERY] - before


def test_owners_get_the_names_that_salesforce_has_for_them_in_one_call(main, queries):
    make_person(owner_salesforce_id=PRIYA)
    make_people(3, owner_salesforce_id=DIEGO)
    calls = own_calls(now=timezone.now())

    assert read() == 2

    assert names() == {PRIYA[:15]: "Priya Raman", DIEGO[:15]: "Diego Álvarez"}
    assert queries() == 1
    assert own_calls(now=timezone.now()) == calls + 1


def test_an_owner_is_found_by_the_short_form_of_the_id(main):
    make_person(owner_salesforce_id=PRIYA[:15])

    read()

    assert names() == {PRIYA[:15]: "Priya Raman"}


def test_only_an_owner_who_is_new_is_asked_for_on_the_same_day(queries):
    make_person(owner_salesforce_id=PRIYA)
    read()
    assert read() == 0
    make_person(owner_salesforce_id=DIEGO)

    assert read() == 1

    assert len(names()) == 2
    assert queries() == 2


def test_all_owners_are_read_again_after_a_day(salesforce, queries):
    make_person(owner_salesforce_id=PRIYA)
    read()
    make_person(owner_salesforce_id=DIEGO)
    read()
    salesforce.change_user(PRIYA, Name="Priya Iyer", IsActive=False)

    assert read(after=DAY) == 2

    priya = SalesforceUser.objects.get(short_id=PRIYA[:15])
    assert (priya.name, priya.is_active) == ("Priya Iyer", False)
    assert queries() == 3
    assert read(after=DAY) == 0


def test_a_clock_that_was_ahead_does_not_keep_the_names_of_then(salesforce, queries):
    make_person(owner_salesforce_id=PRIYA)
    read()
    SalesforceUser.objects.update(read_at=timezone.now() + 30 * DAY)
    salesforce.change_user(PRIYA, Name="Priya Iyer")

    assert read() == 1
    assert names() == {PRIYA[:15]: "Priya Iyer"}
    assert read() == 0


def test_whom_salesforce_does_not_know_is_not_asked_for_again_before_the_next_day(queries):
    make_person(owner_salesforce_id=NOBODY)
    read()

    assert read() == 0
    assert read(after=DAY) == 1
    assert names() == {}
    assert queries() == 2


def test_who_owns_nobody_any_more_keeps_the_name_and_is_not_asked_for(queries):
    person = make_person(owner_salesforce_id=PRIYA)
    read()
    make_person(marketo_id=person.marketo_id, owner_salesforce_id=DIEGO)

    assert read(after=DAY) == 1
    assert names() == {PRIYA[:15]: "Priya Raman", DIEGO[:15]: "Diego Álvarez"}


@pytest.mark.parametrize("odd", ["005' OR Name != '", "005", "005g", "005é0000000001AAA"])
def test_what_is_no_id_is_never_sent(queries, odd):
    make_person(owner_salesforce_id=odd)

    assert read() == 0
    assert queries() == 0


def test_a_wrong_check_letter_spoils_nothing(main):
    make_person(owner_salesforce_id=PRIYA[:15] + "AAA")
    make_person(owner_salesforce_id=DIEGO)

    read()

    assert names() == {PRIYA[:15]: "Priya Raman", DIEGO[:15]: "Diego Álvarez"}


def test_hundreds_of_owners_are_read_in_a_few_calls(queries):
    owners = [PRIYA, *(f"005{number:012d}AAA" for number in range(650))]
    merge_people((person_row(owner_salesforce_id=each) for each in owners), now=timezone.now())

    assert read() == 651

    assert queries() == 3
    assert names() == {PRIYA[:15]: "Priya Raman"}


def test_without_a_connection_nobody_is_asked(db, salesforce):
    make_person(owner_salesforce_id=PRIYA)

    assert read() == 0
    assert salesforce.calls() == {}


def test_a_connection_that_rests_is_left_alone(main, queries):
    make_person(owner_salesforce_id=PRIYA)
    main.store(state="PAUSED", paused_until=timezone.now() + timedelta(minutes=5))

    assert read() == 0
    assert read(after=timedelta(minutes=6)) == 1


def test_nobody_is_asked_for_while_people_are_being_loaded(marketo_in_its_first_run, queries):
    make_person(owner_salesforce_id=PRIYA)

    assert read() == 0
    assert queries() == 0


@pytest.fixture
def marketo_in_its_first_run(db):
    return MarketoConnection.objects.create(
        id=1, base_url="https://a.example", sync_state="INITIAL", connected_at=timezone.now()
    )


def test_names_give_way_when_calls_run_short(main):
    make_person(owner_salesforce_id=PRIYA)
    SalesforceOrg.objects.update(api_used=85, api_max=100, api_told_at=timezone.now())

    with pytest.raises(QuotaExhausted):
        read()


def test_a_salesforce_that_is_away_changes_no_name_and_is_asked_again(main, salesforce):
    make_person(owner_salesforce_id=PRIYA)
    read()
    salesforce.add_fault("http", path="*/query", status=503)
    salesforce.change_user(PRIYA, Name="Priya Iyer")

    with pytest.raises(Transient):
        read(after=DAY)
    assert names() == {PRIYA[:15]: "Priya Raman"}

    read(after=DAY)
    assert names() == {PRIYA[:15]: "Priya Iyer"}


def test_a_refusal_changes_no_name_and_lasts_for_the_day(salesforce, queries):
    make_person(owner_salesforce_id=PRIYA)
    read()
    make_person(owner_salesforce_id=DIEGO)
    salesforce.add_fault(
        "error", path="*/query", status=400, code="INVALID_TYPE", message="No such column", times=0
    )

    with pytest.raises(Permanent):
        read()
    assert read() == 0
    assert names() == {PRIYA[:15]: "Priya Raman"}

    salesforce.clear_faults()
    assert read(after=DAY) == 2
    assert len(names()) == 2


def test_a_failure_fails_no_task(main, salesforce):
    make_person(owner_salesforce_id=PRIYA)
    salesforce.add_fault("http", path="*/query", status=503)

    read_names_of_owners()
    assert names() == {}

    read_names_of_owners()
    assert names() == {PRIYA[:15]: "Priya Raman"}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_too_slow_fails_no_task(main, monkeypatch):
    make_person(owner_salesforce_id=PRIYA)
    monkeypatch.setattr("people.query_plans.TIMEOUT_MS", 1500)
    is_over = threading.Event()

    def read_and_tell():
        try:
            read_names_of_owners()
        finally:
            is_over.set()

    cross(lock_people, read_and_tell, lambda: is_over.wait(30))
    assert names() == {}


def lock_people():
    with database.cursor() as cursor:
        cursor.execute("LOCK TABLE people_person")


def test_the_names_stay_without_the_main_connection(main):
    make_person(owner_salesforce_id=PRIYA)
    read()

    disconnect(connection=main)

    assert read(after=DAY) == 0
    assert names() == {PRIYA[:15]: "Priya Raman"}


def test_the_names_of_an_org_are_forgotten_with_it(main, salesforce):
    make_person(owner_salesforce_id=PRIYA)
    read()

    disconnect_everybody()
    assert names() == {}

    salesforce.change_settings(other_org=True)
    salesforce.change_user(PRIYA, Name="Priya Other")
    connect_main(salesforce)
    read()
    assert names() == {PRIYA[:15]: "Priya Other"}


@pytest.mark.django_db(transaction=True)
def test_an_answer_of_an_org_that_was_left_meanwhile_is_not_kept(main, salesforce):
    make_person(owner_salesforce_id=PRIYA)
    salesforce.add_fault("hang", path="*/query", seconds=3, committed=True)
    reading = threading.Thread(target=read_and_close)
    reading.start()
    while reading.is_alive() and not salesforce.read("faults")[0]["hits"]:
        pass

    disconnect_everybody()
    reading.join(30)

    assert not SalesforceConnection.objects.exists()
    assert not SalesforceUser.objects.exists()


def read_and_close():
    try:
        read()
    finally:
        database.close()
