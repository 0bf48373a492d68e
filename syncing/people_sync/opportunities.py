"""The opportunity of a contact: opportunity roles say which (doc: opportunity-roles.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import Person
from syncing.errors import Misconfigured, Permanent
from syncing.marketo import OpportunityRole
from syncing.people_sync.capabilities import Capability, is_refused, remember
from syncing.people_sync.load import COLUMNS, PersonRow, merge_people
from syncing.people_sync.threads import in_order
from syncing.people_sync.work import Work


class Contact(NamedTuple):
    row: PersonRow
    updated_at: datetime


BATCH = 300
# Native CRM sync, access denied, not available to the subscription.
REFUSALS = {"1018", "603", "703"}
ID_LENGTH = 18


def read_opportunities(work: Work, lead_ids: Sequence[int]) -> dict[int, str] | None:
    """The opportunity ids of at most 300 leads, or None where this instance does not tell them."""
    if is_refused(work.marketo, Capability.OPPORTUNITY_ROLES):
        return None
    if not lead_ids:
        return {}
    try:
        roles = work.client.opportunity_roles(lead_ids)
    except (Permanent, Misconfigured) as error:
        if error.code not in REFUSALS:
            raise
        return None
    return choose_opportunities(roles)


def note_refusal(work: Work) -> None:
    """Ask no more for what was refused, and say so on the run."""
    remember(work.marketo, Capability.OPPORTUNITY_ROLES, available=False)
    work.add_note(
        _("Marketo does not give out opportunity roles here: opportunity IDs stay empty.")
    )


def choose_opportunities(roles: Iterable[OpportunityRole]) -> dict[int, str]:
    """One opportunity a lead: a primary one first, then the newest."""
    chosen = {}
    for role in sorted(roles, key=_preference):
        if role.opportunity_id and len(role.opportunity_id) <= ID_LENGTH:
            chosen[role.lead_id] = role.opportunity_id
    return chosen


def _preference(role: OpportunityRole) -> tuple[bool, datetime, str]:
    newest = role.created_at or role.updated_at or datetime.min.replace(tzinfo=UTC)
    return role.is_primary, newest, role.opportunity_id


def fill_opportunities(work: Work) -> bool:
    """Ask for the opportunities of all contacts, in the order of ids; True when all are asked."""

    def ask(contacts: Mapping[int, Contact]) -> dict[int, str] | None:
        return read_opportunities(work, list(contacts))

    batches = _contacts(work)
    # Where roles are refused, one call is enough to learn it.
    answers = chain(in_order(ask, islice(batches, 1)), in_order(ask, batches))
    for contacts, chosen in answers:
        if chosen is None:
            note_refusal(work)
            work.save()
            return True
        _store(work, contacts, chosen)
    return not work.slice.is_over


def _contacts(work: Work) -> Iterator[dict[int, Contact]]:
    """Batches of contacts beyond the checkpoint, by Marketo id, until the slice is over."""
    asked_up_to = work.checkpoint.get("asked_up_to", 0)
    contacts = Person.objects.active().filter(sfdc_type=Person.SfdcType.CONTACT)
    while not work.slice.is_over:
        beyond = contacts.filter(marketo_id__gt=asked_up_to).order_by("marketo_id")
        found = {
            values[0]: Contact(PersonRow._make(values), updated_at)
            for *values, updated_at in beyond.values_list(*COLUMNS, "updated_at")[:BATCH]
        }
        if not found:
            return
        yield found
        asked_up_to = max(found)


@transaction.atomic
def _store(work: Work, contacts: Mapping[int, Contact], chosen: Mapping[int, str]) -> None:
    changed = [
        contact
        for marketo_id, contact in contacts.items()
        if contact.row.salesforce_opportunity_id != chosen.get(marketo_id, "")
    ]
    merge_people(
        (
            row._replace(salesforce_opportunity_id=chosen.get(row.marketo_id, ""))
            for row, _updated_at in changed
        ),
        now=work.now,
        may_be_stale=True,
        with_opportunities=True,
    )
    # Whom this run has written already was counted then.
    unchanged = sum(contact.updated_at < work.run.started_at for contact in changed)
    work.run.written += unchanged
    work.run.unchanged -= unchanged
    work.save({"asked_up_to": max(contacts)})
