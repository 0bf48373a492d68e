from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Person, Unsubscribe
from people.unsubscribes import unsubscribe
from syncing.sandbox.testing import running_sandbox
from syncing.unsubscribe_sync.models import Push, Run, UnsubscribeSync
from syncing.unsubscribe_sync.pushes import push_due
from syncing.unsubscribe_sync.runs import work_on
from syncing.unsubscribe_sync.services import change_sync
from tests.factories import make_person
from tests.syncing.salesforce_connections.conftest import connect_main

OPT_OUT = "HasOptedOutOfEmail"
Mode = UnsubscribeSync.Mode


@pytest.fixture(scope="package")
def _sandbox_process():
    with running_sandbox(people=12, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def salesforce(_sandbox_process):
    """An org in which nobody is opted out."""
    _sandbox_process.salesforce.reset()
    org = _sandbox_process.salesforce
    for record in (*org.live("Lead"), *org.live("Contact")):
        if record[OPT_OUT] and not record.get("IsConverted"):
            org.update(record["Id"], **{OPT_OUT: False})
    return org


@pytest.fixture
def let_pass(_sandbox_process):
    """Move Salesforce's clock."""
    return _sandbox_process.advance_clock


@pytest.fixture
def main(db, salesforce):
    return connect_main(salesforce)


@pytest.fixture
def nightly(main):
    change_sync(changes={"mode": Mode.NIGHTLY}, by=None, now=timezone.now())


@pytest.fixture
def continuous(main):
    """It is on, and everything was read a moment ago."""
    change_sync(changes={"mode": Mode.CONTINUOUS}, by=None, now=timezone.now())
    run_now()


def person_with(salesforce, object_name="Lead", *, email="ann@example.com", **values):
    """A person with a new record of their own in Salesforce; both."""
    fields = {"LastName": "Example", "Email": email, **values}
    if object_name == "Lead":
        fields["Company"] = "Example Ltd"
    record_id = salesforce.create(object_name, **fields)
    ids = {"salesforce_lead_id": "", "salesforce_contact_id": ""}
    ids[f"salesforce_{object_name.lower()}_id"] = record_id
    sfdc_type = Person.SfdcType(object_name)
    return make_person(email=email, sfdc_type=sfdc_type, **ids), record_id


def is_opted_out(salesforce, record_id, field=OPT_OUT):
    return bool(salesforce.record(record_id)[field])


def stop(person, *, source=Unsubscribe.Source.MANUAL, now=None):
    unsubscribe(person=person, source=source, now=now or timezone.now())
    return Unsubscribe.objects.get(person=person, resubscribed_at=None)


def push_all(now=None):
    while push_due(now=now or timezone.now()):
        pass


def push_of(person):
    return Push.objects.get(unsubscribe__person=person)


def run_now(kind=Run.Kind.FULL, *, now=None):
    now = now or timezone.now()
    run = Run.objects.create(kind=kind, queued_at=now)
    work_on(run, now=now)
    run.refresh_from_db()
    return run


def lines(run):
    """(kind, record) of each line."""
    return sorted(run.lines.values_list("kind", "record_id"))


def later(**length):
    return timezone.now() + timedelta(**length)
