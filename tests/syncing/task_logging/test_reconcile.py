"""The nightly look at whether what was logged still stands in Salesforce."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncing.salesforce import SalesforceClient
from syncing.salesforce.records import DeletedIds
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.setup_check import MARKER
from syncing.task_logging.models import LoggedTask, Reconcile
from syncing.task_logging.reconcile import reconcile
from tests.syncing.task_logging.driving import (
    assert_each_is_there_once,
    log_all,
    record,
    record_mixed,
)

pytestmark = pytest.mark.django_db

NIGHT = timedelta(hours=12)


@pytest.fixture
def logged(salesforce, people, seller):
    """Twelve tasks of sixteen activities."""
    record_mixed(people, seller, 16)
    log_all()
    return salesforce.live()


def test_when_all_is_well_it_says_so_and_changes_nothing(salesforce, logged):
    before = salesforce.api_usage()
    run = reconcile(now=timezone.now())
    assert (run.checked, run.deleted, run.missing, run.unknown) == (12, 0, 0, 0)
    assert (run.recorded, run.delivered, run.cancelled) == (16, 12, 4)
    assert salesforce.api_usage() <= before + 2
    assert Reconcile.objects.get() == run


def test_what_a_colleague_deleted_is_noted_and_stays_deleted(salesforce, logged):
    salesforce.delete(logged[0]["Id"])
    salesforce.delete(logged[1]["Id"])
    run = reconcile(now=timezone.now())
    assert (run.deleted, run.missing) == (2, 0)
    log_all()
    assert len(salesforce.live()) == 10
    assert reconcile(now=timezone.now()).deleted == 0


def test_what_was_purged_from_the_recycle_bin_stays_deleted_too(salesforce, logged):
    salesforce.delete(logged[0]["Id"])
    salesforce.empty_recycle_bin()
    run = reconcile(now=timezone.now() + timedelta(minutes=1))
    assert (run.deleted, run.missing) == (1, 0)


def lose(task):
    """As after the org was restored from a backup."""
    LoggedTask.objects.filter(task_id=task["Id"]).update(task_id="00T000000000001AAA")


def test_what_is_gone_without_a_trace_for_two_nights_is_logged_again(salesforce, logged):
    lose(logged[0])
    salesforce.control("update", id=logged[0]["Id"], values={KEY.name: "another's"}, user="")
    now = timezone.now()
    run = reconcile(now=now)
    assert (run.missing, run.unknown) == (1, 1)
    log_all()
    assert len(salesforce.live()) == 12
    assert reconcile(now=now + NIGHT).missing == 1
    log_all()
    assert len(salesforce.live()) == 13
    assert reconcile(now=now + 2 * NIGHT).missing == 0


def test_what_was_deleted_as_it_was_looked_for_stays_deleted(salesforce, logged, monkeypatch):
    """Salesforce tells of deletions some minutes later."""
    monkeypatch.setattr(SalesforceClient, "deleted", _none_deleted)
    salesforce.delete(logged[0]["Id"])
    salesforce.empty_recycle_bin()
    now = timezone.now()
    assert reconcile(now=now).missing == 1
    monkeypatch.undo()
    run = reconcile(now=now + NIGHT)
    assert (run.deleted, run.missing) == (1, 0)
    log_all()
    assert len(salesforce.live()) == 11


def _none_deleted(_client, _object_name, *, since, until):
    return DeletedIds((), since, since)


def test_a_task_that_only_the_main_connection_cannot_find_is_left_as_it_is(salesforce, logged):
    lose(logged[0])
    salesforce.update(logged[0]["Id"], Subject="A colleague's words")
    for night in range(3):
        reconcile(now=timezone.now() + night * NIGHT)
        log_all()
    assert_each_is_there_once(salesforce)
    assert "A colleague's words" in {task["Subject"] for task in salesforce.live()}


@pytest.fixture(params=["marker", "subject"])
def logged_without_key(request, salesforce, people, seller):
    """Twelve tasks, logged before our fields were deployed."""
    salesforce.set_access(f"Task.{KEY.name}", "none")
    if request.param == "subject":
        salesforce.set_access(f"Task.{MARKER}", "none")
    cache.clear()
    record_mixed(people, seller, 16)
    log_all()
    return salesforce.live()


def deploy(salesforce):
    salesforce.set_access(f"Task.{KEY.name}", "edit")
    cache.clear()


def test_what_was_logged_before_the_fields_were_deployed_is_not_missing(
    salesforce, logged_without_key
):
    deploy(salesforce)
    for night in range(3):
        run = reconcile(now=timezone.now() + night * NIGHT)
        assert (run.checked, run.missing) == (12, 0)
        log_all()
    assert len(salesforce.live()) == 12


def test_what_has_no_key_is_counted_and_never_logged_again(salesforce, logged_without_key):
    deploy(salesforce)
    lose(logged_without_key[0])
    for night in range(3):
        assert reconcile(now=timezone.now() + night * NIGHT).missing == 1
        log_all()
    assert len(salesforce.live()) == 12


def test_a_task_whose_marker_somebody_removed_is_not_missing(salesforce, people, seller):
    salesforce.set_access(f"Task.{KEY.name}", "none")
    cache.clear()
    record(people[0], seller)
    log_all()
    (task,) = salesforce.live()
    salesforce.update(task["Id"], **{MARKER: None})
    assert reconcile(now=timezone.now()).missing == 0


def test_what_is_logged_while_it_reads_is_not_missing(
    salesforce, logged, people, seller, monkeypatch
):
    real = SalesforceClient.deleted

    def deleted(*args, **window):
        record_mixed(people, seller, 16)
        log_all()
        return real(*args, **window)

    monkeypatch.setattr(SalesforceClient, "deleted", deleted)
    run = reconcile(now=timezone.now())
    assert (run.checked, run.missing) == (12, 0)


def test_reminders_that_carry_a_key_are_none_of_its_business(salesforce, logged):
    salesforce.create("Task", Subject="Call", **{KEY.name: "a-reminder"})
    assert reconcile(now=timezone.now()).unknown == 0


def test_the_command_prints_the_numbers(logged, people, seller):
    record(people[0], seller)
    out = StringIO()
    call_command("reconcile_tasks", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "checked": 12,
        "deleted": 0,
        "missing": 0,
        "unknown": 0,
        "recorded": 17,
        "delivered": 12,
        "waiting": 1,
        "parked": 0,
        "cancelled": 4,
    }


def test_the_command_says_why_it_cannot(db):
    with pytest.raises(CommandError, match="no main connection"):
        call_command("reconcile_tasks", stdout=StringIO())
    assert Reconcile.objects.get().problem
