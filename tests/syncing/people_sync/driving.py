"""Running the sync to its end, and what should be here then."""

import time

from django.conf import settings
from django.utils import timezone
from redis import Redis

from people.models import Person
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.engine import advance
from syncing.people_sync.fields import INTERNAL_FIELDS, SYNCED_FIELDS
from syncing.people_sync.load import COLUMNS
from syncing.people_sync.services import start_initial_sync

PATIENCE = 60
TEXT_FIELDS = {**SYNCED_FIELDS, **INTERNAL_FIELDS}


def forget_budget(sandbox):
    """Start with an unused budget of calls: each test is a day of its own."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        for key in redis.scan_iter(f"marketo:{{{sandbox.base_url}}}*"):
            redis.delete(key)


def full_sync():
    run = start_initial_sync(requested_by=None, now=timezone.now())
    return drive(run)


def drive(run):
    """Work until the run is over."""
    return drive_until(lambda: None if refreshed(run).is_open else run)


def cycle():
    """One incremental cycle; returns its run."""
    latest = SyncRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    closed = SyncRun.objects.filter(kind="INCREMENTAL", pk__gt=latest, finished_at__isnull=False)
    return drive_until(closed.first)


def drive_until(found):
    """Work until there is something; a wait ends at once, as if the time had passed."""
    deadline = time.monotonic() + PATIENCE
    now = timezone.now()
    while time.monotonic() < deadline:
        advance(now=now)
        if result := found():
            return result
        waiting = SyncRun.objects.filter(state="WAITING", resume_at__isnull=False)
        now = max([timezone.now(), now, *waiting.values_list("resume_at", flat=True)])
        time.sleep(0.01)
    raise AssertionError(list(SyncRun.objects.values("kind", "state", "error", "checkpoint")))


def refreshed(instance):
    instance.refresh_from_db()
    return instance


def expected_people(sandbox):
    """Everybody who qualifies, by Marketo id, as their row should be."""
    opportunities = expected_opportunities(sandbox)
    return {
        lead["id"]: expected_row(lead, opportunities.get(lead["id"], ""))
        for lead in sandbox.leads().values()
        if qualifies(lead)
    }


def qualifies(lead):
    crm_id = lead["sfdcContactId"] if lead["sfdcType"] == "Contact" else lead["sfdcLeadId"]
    is_in_crm = lead["sfdcType"] in {"Lead", "Contact"} and crm_id
    return bool(is_in_crm and (lead["sfdcLeadOwnerId"] or "").startswith("005"))


def expected_row(lead, opportunity):
    is_contact = lead["sfdcType"] == "Contact"
    row = {column: lead.get(name) for column, name in TEXT_FIELDS.items()}
    row = {column: "" if value is None else value for column, value in row.items()}
    return row | {"salesforce_opportunity_id": opportunity if is_contact else ""}


def expected_opportunities(sandbox):
    """The primary role of each lead, else the one of the newest opportunity."""
    chosen = {}
    for role in sorted(sandbox.roles(), key=_preference):
        chosen[role["leadId"]] = role["externalOpportunityId"]
    return chosen


def _preference(role):
    created_at = role.get("createdAt") or role.get("updatedAt") or ""
    return bool(role["isPrimary"]), created_at, role["externalOpportunityId"]


def people_here():
    """Every active person by Marketo id, as far as Marketo decides what it is."""
    people = Person.objects.active().values(*COLUMNS)
    return {person["marketo_id"]: _with_plain_dates(person) for person in people}


def _with_plain_dates(person):
    dates = ("marketo_created_at", "marketo_updated_at")
    return person | {
        name: person[name].strftime("%Y-%m-%dT%H:%M:%SZ") if person[name] else "" for name in dates
    }
