"""Taking an unsubscribe back in Salesforce as well: the only way in which we untick anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from people.errors import Refused
from people.models import Person
from people.session_locks import Busy, in_turn
from people.unsubscribes import in_force_for
from syncing.errors import SyncError
from syncing.salesforce import COLLECTION_MAX, SalesforceClient
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import client_for
from syncing.salesforce_connections.selectors import main_connection
from syncing.unsubscribe_sync.fields import ObjectFields, fields_of, label_of
from syncing.unsubscribe_sync.locks import WRITERS
from syncing.unsubscribe_sync.models import RemoteOptOut, UnsubscribeSync
from syncing.unsubscribe_sync.orgs import sync_of_this_org
from syncing.unsubscribe_sync.outbound import remember, words_of
from syncing.unsubscribe_sync.records import Found, RemoteRecord, find
from syncing.unsubscribe_sync.signals import opt_outs_cleared
from syncing.unsubscribe_sync.wishes import record_ids_of, wishes_of

TEMPLATE = "people/resubscribe_in_salesforce.html"
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class TickedRecord:
    """A lead or contact that is opted out, for a page."""

    object_name: str
    email: str
    fields: Sequence[str]
    url: str


@dataclass(frozen=True, slots=True)
class SalesforceSide:
    """What Salesforce says of a person; why it does not, in `problem`."""

    records: Sequence[TickedRecord] = ()
    problem: str = ""
    # Whether the next run would unsubscribe the person again.
    is_sync_on: bool = False


class Keys(NamedTuple):
    """Ids of records, and addresses."""

    ids: frozenset[str]
    emails: frozenset[str]


class InSalesforce:
    """The other side of `people.hooks.other_sides`."""

    template = TEMPLATE

    def look(self, person: Person, *, now: datetime) -> SalesforceSide | None:
        main = main_connection()
        if main is None:
            return None
        is_on = UnsubscribeSync.load().mode != UnsubscribeSync.Mode.OFF
        try:
            with _calling(now) as (client, fields):
                records = [
                    TickedRecord(
                        record.object_name,
                        record.email,
                        [label_of(name) for name, is_set in record.flags.items() if is_set],
                        f"{main.instance_url}/{record.record_id}",
                    )
                    for record in _ticked(_found(client, fields, _keys_of(person)))
                ]
        except SyncError as error:
            return SalesforceSide(problem=error.message, is_sync_on=is_on)
        return SalesforceSide(records, is_sync_on=is_on)

    @contextmanager
    def ending(self, person: Person, *, by: Any, now: datetime) -> Iterator[None]:
        """Untick all, and let nobody tick them until the block has ended it here.

        Raises Refused, with what Salesforce says, when any of them stays ticked.
        """
        if main_connection() is None:
            yield
            return
        try:
            with _calling(now) as (client, fields), in_turn(WRITERS, seconds=WAIT_SECONDS):
                keys = _keys_of(person)
                found = _found(client, fields, keys)
                records = _ticked(found)
                _untick(client, records, now=now)
                _forget_what_was_said(keys, found)
                if records:
                    opt_outs_cleared.send(
                        sender=RemoteOptOut,
                        person=person,
                        records=[record.record_id for record in records],
                        by=by,
                        now=now,
                    )
                yield
        except SyncError as error:
            raise Refused(
                _("Salesforce could not be told, so nothing was changed here: %(reason)s")
                % {"reason": error.message}
            ) from error
        except Busy:
            message = _("Opt-outs are being written at the moment. Try again in a minute.")
            raise Refused(message) from None


@contextmanager
def _calling(now: datetime) -> Iterator[tuple[SalesforceClient, Mapping[str, ObjectFields]]]:
    with client_for(user=None, now=now, importance=Importance.VITAL) as client:
        yield client, fields_of(client, sales_field=sync_of_this_org().sales_field)


def _keys_of(person: Person) -> Keys:
    """Of all that the unsubscribes which keep emails from this person hold for."""
    wishes = wishes_of(in_force_for(person).select_related("person__merged_into"))
    return Keys(
        ids=record_ids_of(person).union(*(wish.record_ids for wish in wishes)),
        emails=frozenset({person.email.lower()}.union(*(wish.emails for wish in wishes)) - {""}),
    )


def _found(client: SalesforceClient, fields: Mapping[str, ObjectFields], keys: Keys) -> list[Found]:
    return find(client, fields, ids=keys.ids, emails=keys.emails)


def _ticked(found: Sequence[Found]) -> list[RemoteRecord]:
    return [one.record for one in found if one.record.is_opted_out]


def _forget_what_was_said(keys: Keys, found: Sequence[Found]) -> None:
    """Also of records that somebody else cleared, converted, merged or deleted."""
    ids = keys.ids.union(*(one.keys for one in found))
    said = RemoteOptOut.objects.filter(Q(record_id__in=ids) | Q(email__in=keys.emails))
    said.update(is_opted_out=False, cleared_at=None)


def _untick(client: SalesforceClient, records: Sequence[RemoteRecord], *, now: datetime) -> None:
    by_object: dict[str, list[RemoteRecord]] = defaultdict(list)
    for record in records:
        by_object[record.object_name].append(record)
    reasons: list[str] = []
    for name, group in by_object.items():
        for begin in range(0, len(group), COLLECTION_MAX):
            batch = group[begin : begin + COLLECTION_MAX]
            results = client.update(name, [_cleared(record) for record in batch])
            done = [one for one, result in zip(batch, results, strict=True) if result.is_ok]
            remember(done, is_opted_out=False, sent_at=client.server_time, now=now)
            reasons += [words_of(result.errors[0]) for result in results if result.errors]
    if reasons:
        raise Refused(
            _("Salesforce refused it, so nothing was changed here: %(reason)s")
            % {"reason": " ".join(dict.fromkeys(reasons))}
        )


def _cleared(record: RemoteRecord) -> dict[str, Any]:
    ticked = (name for name, is_set in record.flags.items() if is_set)
    return {"Id": record.record_id, **dict.fromkeys(ticked, False)}
