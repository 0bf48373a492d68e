"""Recording activities, logging them to the end, and counting what Salesforce then holds."""

import itertools
import time
from collections import Counter

from django.db.models import Min
from django.utils import timezone

from activities.models import Activity
from activities.recording import record_all
from people.models import Person
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.selectors import tally
from syncing.people_sync.load import merge_people
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_settings.fields import ALL_FIELDS, KEY
from syncing.salesforce_settings.services import change_settings
from syncing.salesforce_settings.setup_check import deploy_fields
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.sweep import sweep
from tests.factories import person_row
from tests.syncing.delivery.driving import entry

PATIENCE = 120
UPSERT = f"PATCH /services/data/v66.0/composite/sobjects/Task/{KEY.name}"
MIX = ("EMAIL_SENT", "CALL_RECEIVED", "EMAIL_REPLIED", "CAMPAIGN_ADDED")


def people_of(sandbox, count=None):
    """People here for those whom both of the sandbox's systems know as contact or lead."""
    known = [one for one in sandbox.leads().values() if one["sfdcContactId"] or one["sfdcLeadId"]]
    rows = [_row(one) for one in known[:count]]
    merge_people(rows, now=timezone.now(), with_opportunities=True)
    ids = [row.marketo_id for row in rows]
    return list(Person.objects.filter(marketo_id__in=ids).order_by("marketo_id"))


def _row(lead):
    return person_row(
        marketo_id=lead["id"],
        email=lead["email"] or "",
        last_name=lead["lastName"] or "Example",
        company=lead["company"] or "",
        salesforce_contact_id=lead["sfdcContactId"] or "",
        salesforce_lead_id=lead["sfdcLeadId"] or "",
        salesforce_account_id=(lead["sfdcContactId"] and lead["sfdcAccountId"]) or "",
        sfdc_type="Contact" if lead["sfdcContactId"] else "Lead",
    )


def start_logging(**settings):
    """Emails, replies and calls are logged, in an org with all of our fields."""
    deploy_fields(names=[field.name for field in ALL_FIELDS], now=timezone.now())
    change(email_logging="API", log_replies=True, log_calls=True, **settings)


def change(**settings):
    change_settings(changes=settings, by=None, now=timezone.now())


def record(person, actor, kind="EMAIL_SENT", **fields):
    """Record one activity and return its delivery to Salesforce."""
    (activity,) = record_all([entry(person, actor, kind, **fields)], now=timezone.now())
    return delivery_of(activity)


def delivery_of(activity):
    return Delivery.objects.get(activity=activity, destination=Destination.SALESFORCE)


def refreshed(delivery):
    return Delivery.objects.get(pk=delivery.pk)


def record_mixed(people, actor, count, kinds=MIX):
    pairs = zip(itertools.cycle(people), itertools.cycle(kinds), strict=False)
    entries = [entry(person, actor, kind) for person, kind in itertools.islice(pairs, count)]
    return record_all(entries, now=timezone.now())


def waiting():
    return Delivery.objects.filter(
        destination=Destination.SALESFORCE, state__in=Delivery.WAITING_STATES
    )


def log_all(*, until=lambda: not waiting().exists()):
    """Sweep until none waits; waits end at once, as if the time had passed."""
    deadline = time.monotonic() + PATIENCE
    now = timezone.now()
    while not until():
        assert time.monotonic() < deadline, list(waiting().values("state", "code", "reason")[:5])
        sweep(now=now)
        SalesforceConnection.objects.update(state="CONNECTED", paused_until=None, failures=0)
        SalesforceOrg.objects.update(api_told_at=None)
        next_at = waiting().aggregate(at=Min("due_at"))["at"] or now
        now = max(timezone.now(), now, next_at)
    sweep(now=now)


def numbers():
    found = tally(Destination.SALESFORCE)
    assert found.adds_up
    return found.recorded, found.delivered, found.waiting, found.parked, found.cancelled


def assert_each_is_there_once(salesforce, kinds=MIX):
    """The same, told by the keys that Salesforce holds."""
    held = Counter(task[KEY.name] for task in salesforce.live())
    own = LoggedTask.objects.filter(delivery__activity__kind__in=kinds)
    assert held.keys() == {str(key) for key in own.values_list("key", flat=True)}
    assert held.total() == len(held)
    assert_each_has_its_task(salesforce, kinds)


def assert_each_has_its_task(salesforce, kinds=MIX):
    """Every activity of these kinds is a task in Salesforce, once, and the numbers say so."""
    own = LoggedTask.objects.filter(delivery__activity__kind__in=kinds)
    logged = Activity.objects.filter(kind__in=kinds).exclude(kind__startswith="CAMPAIGN")
    assert logged.count() == own.values("delivery").distinct().count()
    assert {task["Id"] for task in salesforce.live()} == set(own.values_list("task_id", flat=True))
    recorded, delivered, waits, parked, cancelled = numbers()
    assert (waits, parked) == (0, 0)
    assert recorded == delivered + cancelled
