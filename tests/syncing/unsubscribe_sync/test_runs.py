"""Both ways: who is opted out on one side is opted out on the other."""

import pytest
from django.utils import timezone

from people.models import Person, Unsubscribe
from people.salesforce_ids import SHORT_LENGTH
from people.unsubscribes import is_unsubscribed, resubscribe
from syncing.people_sync.load import add_people, encode
from syncing.salesforce_connections.models import SalesforceOrg
from syncing.unsubscribe_sync.models import RemoteOptOut, Run, UnsubscribeSync
from tests.factories import make_person, person_row
from tests.syncing.unsubscribe_sync.conftest import (
    OPT_OUT,
    is_opted_out,
    lines,
    person_with,
    push_all,
    run_now,
    stop,
)

pytestmark = pytest.mark.django_db

CHANGES, PREVIEW = Run.Kind.CHANGES, Run.Kind.PREVIEW


@pytest.mark.parametrize("object_name", ["Lead", "Contact"])
def test_the_first_run_takes_in_all_who_are_opted_out_there(nightly, salesforce, object_name):
    ann, record_id = person_with(salesforce, object_name, **{OPT_OUT: True})
    bob, _ = person_with(salesforce, object_name, email="bob@example.com")

    run = run_now()

    assert run.state == "DONE", run.error
    assert run.imported == 1
    assert lines(run) == [("IMPORTED", record_id)]
    assert is_unsubscribed(ann)
    assert not is_unsubscribed(bob)
    assert Unsubscribe.objects.get().source == "SALESFORCE"


def test_it_holds_for_the_address_on_both_sides(nightly, salesforce):
    person_with(salesforce, **{OPT_OUT: True})
    twin, twins = person_with(salesforce, "Contact", email="Ann@Example.com")

    run = run_now()

    assert is_unsubscribed(twin)
    assert is_opted_out(salesforce, twins)
    assert ("WRITTEN", twins) in lines(run)


def test_who_unsubscribed_before_salesforce_was_connected_is_opted_out(db, salesforce, request):
    ann, record_id = person_with(salesforce)
    stop(ann)
    request.getfixturevalue("nightly")

    run = run_now()

    assert is_opted_out(salesforce, record_id)
    assert (run.imported, run.written) == (0, 1)


def test_a_second_run_finds_nothing_to_do(nightly, salesforce):
    person_with(salesforce, **{OPT_OUT: True})
    stop(person_with(salesforce, email="bob@example.com")[0])
    person_with(salesforce, "Contact", email="bob@example.com")
    push_all()
    run_now()

    again = run_now()

    assert again.changed == 0
    assert not again.lines.exists()


def test_a_preview_tells_the_same_and_changes_nothing(nightly, salesforce):
    ann, lead = person_with(salesforce, **{OPT_OUT: True})
    salesforce.convert(lead)
    _, twins = person_with(salesforce, "Contact")
    bob, bobs = person_with(salesforce, email="bob@example.com")
    unsent = stop(bob)
    unsent.push.delete()

    preview = run_now(PREVIEW)

    assert not is_unsubscribed(ann)
    assert not is_opted_out(salesforce, twins)
    assert not is_opted_out(salesforce, bobs)
    assert not RemoteOptOut.objects.exists()
    assert lines(preview) == lines(run_now())


def test_an_opt_out_there_is_seen_within_a_minute_when_continuous(continuous, salesforce):
    ann, record_id = person_with(salesforce)
    assert run_now(CHANGES).changed == 0

    salesforce.update(record_id, **{OPT_OUT: True})

    assert run_now(CHANGES).imported == 1
    assert is_unsubscribed(ann)
    assert run_now(CHANGES).changed == 0


def test_a_new_lead_with_an_unsubscribed_address_is_opted_out(continuous, salesforce):
    stop(make_person(email="ann@example.com"))
    push_all()

    record = salesforce.create("Lead", LastName="Ann", Company="X", Email="ann@example.com")
    run_now(CHANGES)

    assert is_opted_out(salesforce, record)


def test_an_opted_out_record_takes_its_opt_out_to_its_new_address(continuous, salesforce):
    ann, record_id = person_with(salesforce, **{OPT_OUT: True})
    run_now(CHANGES)
    bob = make_person(email="bob@example.com")

    salesforce.update(record_id, Email="bob@example.com")
    run_now(CHANGES)

    assert is_unsubscribed(bob)
    assert is_unsubscribed(ann)


def test_what_was_cleared_there_stays_unsubscribed_here_and_is_told_once(continuous, salesforce):
    ann, record_id = person_with(salesforce)
    stop(ann)
    push_all()

    salesforce.update(record_id, **{OPT_OUT: False})
    run = run_now(CHANGES)

    assert is_unsubscribed(ann)
    assert not is_opted_out(salesforce, record_id)
    assert lines(run) == [("CLEARED", record_id)]
    assert run_now(CHANGES).changed == 0


def test_the_night_opts_out_again_what_was_cleared_there(nightly, salesforce):
    ann, record_id = person_with(salesforce)
    stop(ann)
    push_all()
    salesforce.update(record_id, **{OPT_OUT: False})

    run = run_now()

    assert is_opted_out(salesforce, record_id)
    assert lines(run) == [("WRITTEN_AGAIN", record_id)]


def test_taken_back_here_alone_the_next_run_unsubscribes_again(nightly, salesforce, admin):
    ann, record_id = person_with(salesforce, **{OPT_OUT: True})
    run_now()
    resubscribe(person=ann, by=admin, reason="Said so", now=timezone.now())

    run_now()

    assert is_opted_out(salesforce, record_id)
    assert is_unsubscribed(ann)


def test_cleared_on_both_sides_it_stays_so(nightly, salesforce, admin):
    ann, record_id = person_with(salesforce, **{OPT_OUT: True})
    run_now()
    resubscribe(person=ann, by=admin, reason="Said so", now=timezone.now())
    salesforce.update(record_id, **{OPT_OUT: False})

    run = run_now()

    assert run.changed == 0
    assert not is_unsubscribed(ann)
    assert not RemoteOptOut.objects.exists()


def test_a_hidden_field_is_named_and_the_other_object_synced(nightly, salesforce):
    ann, _ = person_with(salesforce, "Contact", **{OPT_OUT: True})
    salesforce.set_access(f"Lead.{OPT_OUT}", "none")

    run = run_now()

    assert run.state == "DONE"
    assert "Lead: Email Opt Out is not visible" in run.error
    assert is_unsubscribed(ann)


def test_a_failed_run_says_why_and_the_next_does_it_all(nightly, salesforce):
    ann, _ = person_with(salesforce, **{OPT_OUT: True})
    salesforce.add_fault("http", path="*/query*", status=503)

    failed = run_now()
    assert (failed.state, failed.error) == ("FAILED", "Salesforce is not available.")

    assert run_now().imported == 1
    assert is_unsubscribed(ann)


FAULTS = [
    {"kind": "reset", "path": "*/composite/*"},
    {"kind": "reset", "path": "*/composite/*", "committed": True},
    {"kind": "truncated", "path": "*/query*", "skip": 1},
    {"kind": "http", "path": "*/describe", "status": 502},
    {"kind": "expired_session", "path": "*/composite/*"},
    {"kind": "record", "object": "Contact", "code": "UNABLE_TO_LOCK_ROW"},
    {"kind": "record", "object": "Lead", "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"},
    {"kind": "late_commit", "path": "*/composite/*", "seconds": 60},
]


def test_after_every_fault_both_sides_agree_and_nobody_else_is_touched(nightly, salesforce):
    cases = []
    for place, fault in enumerate(FAULTS):
        ann, _ = person_with(salesforce, email=f"ann{place}@example.com", **{OPT_OUT: True})
        _, twins = person_with(salesforce, "Contact", email=f"ann{place}@example.com")
        bob, bobs = person_with(salesforce, email=f"bob{place}@example.com")
        stop(bob).push.delete()
        cases.append((ann, bob, twins, bobs))
        salesforce.add_fault(**fault)
        run_now()
    _, strangers = person_with(salesforce, email="stranger@example.com")

    salesforce.clear_faults()
    salesforce.commit_late()
    run_now()

    for ann, bob, twins, bobs in cases:
        assert is_unsubscribed(ann)
        assert is_unsubscribed(bob)
        assert is_opted_out(salesforce, twins)
        assert is_opted_out(salesforce, bobs)
    assert not is_opted_out(salesforce, strangers)
    assert run_now().changed == 0


@pytest.mark.parametrize(
    ("kind", "state"), [("FULL", "DONE"), ("CHANGES", "FAILED"), ("PREVIEW", "FAILED")]
)
def test_when_calls_run_short_only_the_night_goes_on(continuous, salesforce, kind, state):
    salesforce.change_settings(daily_calls=1_000, other_calls=980)
    SalesforceOrg.objects.update(api_used=980, api_max=1_000, api_told_at=timezone.now())

    assert run_now(Run.Kind(kind)).state == state


def test_another_org_begins_anew(continuous, salesforce):
    person_with(salesforce, **{OPT_OUT: True})
    run_now()
    RemoteOptOut.objects.create(record_id="00Q000000000099AAA", seen_at=timezone.now())
    UnsubscribeSync.store(org_id="00D000000000099AAA")

    run_now()

    assert not RemoteOptOut.objects.filter(record_id="00Q000000000099AAA").exists()


def test_who_comes_from_marketo_later_is_unsubscribed_on_arrival(nightly, salesforce):
    record = salesforce.create(
        "Lead", LastName="Ann", Company="X", Email="Ann@example.com", **{OPT_OUT: True}
    )
    run_now()

    by_id = make_person(email="new@example.org", salesforce_lead_id=record)
    by_address = make_person(email="ANN@example.com")
    other = make_person(email="")

    assert is_unsubscribed(by_id)
    assert is_unsubscribed(by_address)
    assert not is_unsubscribed(other)


def test_a_short_id_is_the_same_record(nightly, salesforce):
    record = salesforce.create("Lead", LastName="Ann", Company="X", **{OPT_OUT: True})
    run_now()

    ann = make_person(email="", salesforce_lead_id=record[:SHORT_LENGTH])

    assert is_unsubscribed(ann)


def test_who_comes_with_the_first_load_is_unsubscribed_on_arrival(nightly, salesforce):
    salesforce.create("Lead", LastName="Ann", Company="X", Email="a@x.com", **{OPT_OUT: True})
    run_now()

    rows = [person_row(email="a@x.com"), person_row()]
    add_people(encode(list(zip(*rows, strict=True))), now=timezone.now())

    ann, other = Person.objects.order_by("pk")
    assert is_unsubscribed(ann)
    assert not is_unsubscribed(other)


def test_who_was_cleared_there_meanwhile_may_come(continuous, salesforce):
    record = salesforce.create(
        "Lead", LastName="Ann", Company="X", Email="ann@example.com", **{OPT_OUT: True}
    )
    run_now(CHANGES)
    salesforce.update(record, **{OPT_OUT: False})
    run_now(CHANGES)

    assert not is_unsubscribed(make_person(email="ann@example.com"))
