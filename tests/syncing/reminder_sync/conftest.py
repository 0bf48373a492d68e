from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from activities.reminders import services
from activities.reminders.models import Reminder
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import ReminderLink, SyncedUser
from syncing.salesforce.client import SalesforceClient
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.services import change_settings
from syncing.salesforce_settings.setup_check import MARKER
from syncing.sandbox.testing import running_sandbox
from tests.syncing.salesforce_connections.conftest import connect_main

TOMORROW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(people=40, limits=False) as running:
        yield running


@pytest.fixture
def salesforce(sandbox):
    """An org as new, with our key on tasks."""
    sandbox.salesforce.reset()
    sandbox.salesforce.add_field(
        KEY.name, type="Text", length=64, label="Key", externalId=True, unique=True
    )
    return sandbox.salesforce


@pytest.fixture
def later(sandbox):
    """`with later(hours=1):` is how it goes on then, here and in Salesforce."""

    @contextmanager
    def travel(**delta):
        sandbox.advance_clock(timedelta(**delta).total_seconds())
        try:
            with time_machine.travel(timezone.now() + timedelta(**delta), tick=True):
                yield
        finally:
            sandbox.advance_clock(-timedelta(**delta).total_seconds())

    return travel


class Killed(BaseException):
    """The worker is gone: nothing catches it."""


@pytest.fixture
def dying(monkeypatch):
    """`with dying():` the worker is killed when Salesforce has done what it was asked to write."""

    @contextmanager
    def die():
        with monkeypatch.context() as patch:
            for name in ("create", "upsert", "update", "update_unless_changed", "delete"):
                patch.setattr(
                    SalesforceClient, name, _killed_after(getattr(SalesforceClient, name))
                )
            yield

    return die


def _killed_after(write):
    def written(*arguments, **options):
        write(*arguments, **options)
        raise Killed

    return written


def hide_keys(salesforce, *, level):
    """What tells our tasks from others: our own field, a standard one, or nothing."""
    if level != "key":
        salesforce.set_access(f"Task.{KEY.name}", "none")
    if level == "nothing":
        salesforce.set_access(f"Task.{MARKER}", "none")
    cache.clear()


@pytest.fixture(params=["key", "marker", "nothing"])
def org(salesforce, request):
    """By each of the ways in which our tasks are known."""
    hide_keys(salesforce, level=request.param)
    return salesforce


@pytest.fixture
def main(db, salesforce):
    return connect_main(salesforce)


@pytest.fixture
def sam(seller, main, salesforce):
    """A seller of the sandbox whose reminders are synced, as the first cycle has begun."""
    seller.salesforce_user_id = salesforce.users()[seller.email]["Id"]
    seller.save()
    switch_on()
    SyncedUser.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    return seller


def switch_on(**more):
    change_settings(changes={"sync_reminders": True, **more}, by=None, now=timezone.now())
    run()


def run(*, seconds=0):
    """One cycle, whatever is due; `seconds` later, for Salesforce's lists end with a whole one."""
    cycle = sync(now=timezone.now() + timedelta(seconds=seconds), polls=True)
    assert cycle is not None
    return cycle


def remind(owner, subject="Call Ann", **fields):
    now = timezone.now()
    defaults = {"kind": Reminder.Kind.CALL, "due_at": TOMORROW, "now": now}
    return services.create_reminder(owner=owner, subject=subject, **(defaults | fields))


def edit(reminder, **fields):
    return services.edit_reminder(reminder=reminder, now=timezone.now(), **fields)


def send_at_once():
    """Whatever there is, as if the time to undo a deletion was over."""
    ReminderLink.objects.update(retry_at=None)


def link_of(reminder):
    return ReminderLink.objects.get(reminder=reminder)


def fresh(reminder):
    return Reminder.objects.get(pk=reminder.pk)
