"""How fast everybody's unsubscribes are compared with Salesforce and put in step, both ways."""

import itertools
import time

from django.utils import timezone

from people.models import Person, Unsubscribe
from people.unsubscribes import in_force, unsubscribe_many, unsubscribed_among
from syncing.salesforce_connections.calling import client_for
from syncing.salesforce_connections.connecting import connect_new_app
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.unsubscribe_sync.models import RemoteOptOut, Run, UnsubscribeSync
from syncing.unsubscribe_sync.runs import work_on
from tests.bench.load import loaded_sandbox, run_sync
from tests.bench.report import heading, row, verdict

# Of all people, every tenth is unsubscribed here before Salesforce is connected.
EVERY = 10
BATCH = 1_000
SINGLE_CALLS = 200
MOST_SECONDS = 60
FIELDS = "SELECT Id, Email, HasOptedOutOfEmail"


def bench_unsubscribes(people: int = 100_000) -> None:
    heading(f"Unsubscribes of {people:,} people, both ways")
    with loaded_sandbox(people) as sandbox:
        run_sync("people")
        forget_salesforce()
        unsubscribe_some()
        org = sandbox.salesforce
        connect_new_app(
            login_url=org.base_url,
            client_id=org.client_id,
            client_secret=org.client_secret,
            now=timezone.now(),
        )
        row("here", f"{Person.objects.count():,} people, {in_force().count():,} unsubscribed")
        first = timed_run("first run")
        verdict(f"at most {MOST_SECONDS} s", is_met=first <= MOST_SECONDS)
        verdict("both sides agree", is_met=agree(org))
        second = timed_run("second run, nothing to do")
        verdict(f"at most {MOST_SECONDS} s", is_met=second <= MOST_SECONDS)
        rate = single_rate()
        row(
            "one look-up for each (baseline)", f"{rate:,.0f} people/s in a sample of {SINGLE_CALLS}"
        )
        row("second run : baseline", f"{Person.objects.count() / second / rate:,.0f} x")


def forget_salesforce() -> None:
    for model in (SalesforceConnection, SalesforceOrg, RemoteOptOut, Run, UnsubscribeSync):
        model.objects.all().delete()


def unsubscribe_some() -> None:
    chosen = list(Person.objects.active().order_by("pk")[::EVERY])
    for begin in range(0, len(chosen), BATCH):
        unsubscribe_many(
            people=chosen[begin : begin + BATCH],
            source=Unsubscribe.Source.MANUAL,
            now=timezone.now(),
        )


def timed_run(name: str) -> float:
    run = Run.objects.create(kind=Run.Kind.FULL, queued_at=timezone.now())
    started = time.perf_counter()
    work_on(run, now=timezone.now())
    seconds = time.perf_counter() - started
    row(
        name,
        f"{seconds:.1f} s, {run.api_calls:,} calls: {run.imported:,} here, {run.written:,} there",
        run.error,
    )
    return seconds


def agree(org) -> bool:
    """Nobody whose record is opted out gets emails here, nor the other way round."""
    out_there = {
        record["Id"]
        for name in ("Lead", "Contact")
        for record in org.live(name)
        if record["HasOptedOutOfEmail"]
    }
    people = list(Person.objects.active())
    out_here = unsubscribed_among(people)
    return all((person.pk in out_here) == bool(ids_of(person) & out_there) for person in people)


def ids_of(person: Person) -> set[str]:
    return {person.salesforce_contact_id, person.salesforce_lead_id}


def single_rate() -> float:
    """People a second when each is looked up by the address."""
    addresses = Person.objects.active().exclude(email="").values_list("email", flat=True)
    sample = list(itertools.islice(addresses, SINGLE_CALLS))
    started = time.perf_counter()
    with client_for(user=None, now=timezone.now()) as client:
        for address in sample:
            quoted = address.replace("'", "\\'")
            list(client.query(f"{FIELDS} FROM Lead WHERE Email = '{quoted}'"))
            list(client.query(f"{FIELDS} FROM Contact WHERE Email = '{quoted}'"))
    return len(sample) / (time.perf_counter() - started)
