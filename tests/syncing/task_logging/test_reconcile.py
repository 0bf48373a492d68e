"""The nightly look at whether what was logged still stands in Salesforce."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncing.salesforce_settings.fields import KEY
from syncing.task_logging.models import LoggedTask, Reconcile
from syncing.task_logging.reconcile import reconcile
from tests.syncing.task_logging.driving import (
    assert_each_is_there_once,
    log_all,
    record,
    record_mixed,
)

pytestmark = pytest.mark.django_db


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


def test_what_is_gone_without_a_trace_is_logged_again(salesforce, logged):
    """As after the org was restored from a backup."""
    LoggedTask.objects.filter(task_id=logged[0]["Id"]).update(task_id="00T000000000001AAA")
    other = salesforce.control
    other("update", id=logged[0]["Id"], values={KEY.name: "somebody-elses"}, user="")
    run = reconcile(now=timezone.now())
    assert (run.missing, run.unknown) == (1, 1)
    log_all()
    assert len(salesforce.live()) == 13


def test_a_task_that_only_the_main_connection_cannot_find_is_not_made_twice(salesforce, logged):
    LoggedTask.objects.filter(task_id=logged[0]["Id"]).update(task_id="00T000000000001AAA")
    assert reconcile(now=timezone.now()).missing == 1
    log_all()
    assert_each_is_there_once(salesforce)


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
