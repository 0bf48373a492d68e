"""Recording activities, delivering them to the end, and counting what Marketo then holds."""

import itertools
import time
from collections import Counter
from datetime import timedelta

from django.db.models import Min
from django.utils import timezone

from activities.details import (
    BounceDetails,
    CallDetails,
    CampaignDetails,
    EmailDetails,
    ReplyDetails,
)
from activities.models import Activity
from activities.recording import Entry, record_all
from people.models import Person
from syncing.connections import client_for, retry_connection
from syncing.delivery.models import Destination
from syncing.delivery.selectors import tally, waiting
from syncing.delivery.services import in_marketo, switch_on
from syncing.delivery.sweep import sweep
from syncing.delivery.type_setup import set_up
from syncing.models import MarketoConnection
from syncing.people_sync.load import merge_people
from tests.factories import person_row
from tests.syncing.people_sync.driving import forget_budget

EXTERNAL = "/rest/v1/activities/external.json"
ACTIVITIES = "/rest/v1/activities.json"
PATIENCE = 120
_numbers = itertools.count(1)

EMAIL = EmailDetails(
    sent_by="sam@example.com",
    email_subject="Pricing (SIA-1)",
    template_id=7,
    template_name="Intro",
    template_url="http://testserver/templates/7/",
    campaign_id=3,
    campaign_name="Spring",
    campaign_url="http://testserver/campaigns/3/",
    link="https://example.com/offer",
)
CALL = CallDetails(
    made_by="sam@example.com",
    status="completed",
    outcome="Interested",
    phone_number="+14155550100",
    duration_seconds=90,
    answered_by="Ann",
)
CAMPAIGN = CampaignDetails(
    campaign_id=3,
    campaign_name="Spring",
    campaign_url="http://testserver/campaigns/3/",
    sent_by="sam@example.com",
)
BOUNCE = BounceDetails(
    details="550 No such user", email="ann@example.com", sent_by="sam@example.com"
)
DETAILS = {
    "EMAIL_SENT": EMAIL,
    "EMAIL_OPENED": EMAIL,
    "EMAIL_CLICKED": EMAIL,
    "EMAIL_REPLIED": ReplyDetails(received_by="sam@example.com"),
    "EMAIL_BOUNCED": BOUNCE,
    "CALL_RECEIVED": CALL,
    "CAMPAIGN_ADDED": CAMPAIGN,
    "CAMPAIGN_REMOVED": CAMPAIGN,
}
ABOUT = {"CALL": "CALL", "EMAI": "EMAIL", "CAMP": "CAMPAIGN_MEMBER"}


def people_of(sandbox, count=None):
    """People here for leads of the sandbox's Marketo."""
    ids = list(sandbox.leads())[:count]
    merge_people(
        [person_row(marketo_id=lead_id) for lead_id in ids],
        now=timezone.now(),
        with_opportunities=True,
    )
    return list(Person.objects.filter(marketo_id__in=ids).order_by("marketo_id"))


def set_up_types(marketo):
    with client_for(marketo) as client:
        return set_up(client, marketo, now=timezone.now())


def start_logging(marketo):
    """The types are in order and logging is on."""
    set_up_types(marketo)
    switch_on(now=timezone.now())


def entry(person, actor, kind="EMAIL_SENT", **fields):
    number = next(_numbers)
    defaults = {
        "occurred_at": timezone.now() - timedelta(seconds=number % 3600),
        "about_type": Activity.About(ABOUT[kind[:4]]),
        "about_id": number,
        "subject": f"Pricing {number}",
        "details": DETAILS[kind],
        "idempotency_key": f"test:{number}",
    }
    return Entry(kind=Activity.Kind(kind), person=person, actor=actor, **(defaults | fields))


def record_one(person, actor, kind="EMAIL_SENT", **fields):
    """Record one activity and return its delivery."""
    (activity,) = record_all([entry(person, actor, kind, **fields)], now=timezone.now())
    return in_marketo().get(activity=activity)


def record_mixed(people, actor, count):
    """Activities of all kinds in turn, of these people in turn."""
    pairs = zip(itertools.cycle(people), itertools.cycle(DETAILS), strict=False)
    entries = [entry(person, actor, kind) for person, kind in itertools.islice(pairs, count)]
    return record_all(entries, now=timezone.now())


def deliver(sandbox, *, until=lambda: not waiting().exists()):
    """Sweep until none waits; waits end at once, as if the time had passed.

    A quota that is used up is new right away, and an admin says so.
    """
    deadline = time.monotonic() + PATIENCE
    now = timezone.now()
    while not until():
        assert time.monotonic() < deadline, list(waiting().values("state", "code", "reason")[:5])
        sweep(now=now)
        forget_budget(sandbox)
        if MarketoConnection.objects.exclude(state="CONNECTED").exists():
            retry_connection()
        next_at = waiting().aggregate(at=Min("due_at"))["at"] or now
        now = max(timezone.now(), now, next_at)


def assert_each_is_there_once(sandbox):
    """Every activity that is recorded stands in Marketo once, and the numbers say so."""
    held = Counter(row["attributes"]["Activity UUID"] for row in sandbox.custom_activities())
    recorded = {str(uuid) for uuid in Activity.objects.values_list("pk", flat=True)}
    assert held.keys() == recorded, (len(held), len(recorded))
    assert held.total() == len(recorded)
    numbers = tally(Destination.MARKETO)
    assert numbers.adds_up
    assert numbers.recorded == numbers.delivered == len(recorded)
    guids = {row["marketoGUID"] for row in sandbox.custom_activities()}
    assert guids == set(in_marketo().values_list("remote_id", flat=True))
