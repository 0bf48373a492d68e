"""A look at Salesforce, both ways, with a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import Unsubscribe
from people.session_locks import Busy, in_turn
from people.unsubscribes import in_force
from syncing.errors import Misconfigured, SyncError, Transient
from syncing.salesforce import SalesforceClient
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import client_for
from syncing.unsubscribe_sync.decisions import Step
from syncing.unsubscribe_sync.fields import OBJECTS, ObjectFields, fields_of, forget_fields
from syncing.unsubscribe_sync.inbound import Taken, take_in
from syncing.unsubscribe_sync.locks import WRITERS
from syncing.unsubscribe_sync.models import Push, RemoteOptOut, Run, RunLine, UnsubscribeSync
from syncing.unsubscribe_sync.orgs import sync_of_this_org
from syncing.unsubscribe_sync.outbound import (
    Outcome,
    note_cleared,
    packs,
    plan,
    words_of,
    write,
)
from syncing.unsubscribe_sync.records import RemoteRecord, changed, opted_out
from syncing.unsubscribe_sync.wishes import wishes_of

log = structlog.get_logger(__name__)

PAGE = 2_000
# A record that was committed late has an earlier stamp; a second may still be filling.
OVERLAP = timedelta(minutes=5)
UNSETTLED = timedelta(minutes=1)
WAIT_SECONDS = 60.0

Kind, State, Line = Run.Kind, Run.State, RunLine.Kind
_LINE_OF_STEP = {Step.WRITE: Line.WRITTEN, Step.WRITE_AGAIN: Line.WRITTEN_AGAIN}


def work_on(run: Run, *, now: datetime) -> None:
    """Do this run to its end, from its place on."""
    run.state, run.started_at = State.RUNNING, now
    run.save(update_fields=["state", "started_at"])
    # What a look at changes or a preview leaves undone, the night does.
    importance = Importance.VITAL if run.kind == Kind.FULL else Importance.NORMAL
    try:
        with client_for(user=None, now=now, importance=importance) as client:
            try:
                _Work(run, client, now=now).do()
            finally:
                run.api_calls = client.calls
    except (SyncError, Busy) as error:
        _fail(run, error)
    else:
        run.state = State.DONE
    run.finished_at = timezone.now()
    run.save()
    log.info("unsubscribe_run", kind=run.kind, state=run.state, read=run.read, told=run.changed)


def _fail(run: Run, error: SyncError | Busy) -> None:
    run.state = State.FAILED
    if isinstance(error, Busy):
        run.error = _("Another process was writing opt-outs for too long.")
        return
    run.error, run.error_code = error.message, error.code
    if not isinstance(error, Transient):
        forget_fields(sales_field=UnsubscribeSync.load().sales_field)


class _Work:
    def __init__(self, run: Run, client: SalesforceClient, *, now: datetime) -> None:
        self._run = run
        self._client = client
        self._now = now
        self._sync = sync_of_this_org()
        self._is_preview = run.kind == Kind.PREVIEW
        self._told: set[int] = set()
        # When reading began, by Salesforce's clock.
        self._read_since: datetime | None = None
        # A look at changes leaves alone what was cleared.
        self._is_firm = run.kind != Kind.CHANGES
        if self._is_firm:
            forget_fields(sales_field=self._sync.sales_field)
        self._fields = fields_of(client, sales_field=self._sync.sales_field)

    def do(self) -> None:
        self._tell_lacks()
        readable = [self._fields[name] for name in OBJECTS if self._fields[name].is_readable]
        if not readable:
            raise Misconfigured(" ".join(self._lacks()), setting="permissions")
        if self._run.kind == Kind.CHANGES:
            # Of an object that could not be read at night nothing is known to compare with.
            for fields in readable:
                if fields.object_name in self._sync.cursors:
                    self._read_changes(fields)
        else:
            self._do_everything(readable)

    # Everything

    def _do_everything(self, readable: Sequence[ObjectFields]) -> None:
        place = self._place()
        self._read_since = self._client.server_time
        would_be: list[Unsubscribe] = []
        for fields in readable:
            name = fields.object_name
            for page in pages(opted_out(self._client, fields, after=place["read"].get(name, ""))):
                taken = self._take_in(page)
                would_be += [row for row, _record in taken.imported] if self._is_preview else []
                place["read"][name] = page[-1].record_id
                self._run.save()
        for pks in pages(_standing_pks(after=place["told"])):
            self._tell_salesforce(pks=pks)
            place["told"] = pks[-1]
            self._run.save()
        for rows in pages(would_be):
            self._tell_salesforce(rows=rows)
        if not self._is_preview:
            _forget_unseen(before=datetime.fromisoformat(place["seen_since"]))
            cursor = (datetime.fromisoformat(place["began_at"]) - UNSETTLED).isoformat()
            self._store_cursors(dict.fromkeys((one.object_name for one in readable), cursor))
            Push.objects.filter(state=Push.State.PARKED).update(
                state=Push.State.WAITING, due_at=self._now
            )

    def _place(self) -> dict[str, Any]:
        """Where another run was broken off, in the same org, or the beginning."""
        place: dict[str, Any] = self._run.place
        if place.get("org_id") != self._sync.org_id:
            place = self._run.place = {
                "org_id": self._sync.org_id,
                # By Salesforce's clock, and by ours.
                "began_at": self._server_time().isoformat(),
                "seen_since": self._now.isoformat(),
                # The last record of each object, and the last unsubscribe.
                "read": {},
                "told": 0,
            }
        return place

    # Only what changed

    def _read_changes(self, fields: ObjectFields) -> None:
        since = datetime.fromisoformat(self._sync.cursors[fields.object_name]) - OVERLAP
        newest = since
        for page in pages(changed(self._client, fields, since=since)):
            taken = self._take_in(page)
            rows = [row for row, _record in taken.imported]
            pks = {row.pk for row in (*rows, *taken.standing)}
            if pks:
                self._tell_salesforce(pks=pks)
            newest = page[-1].changed_at
            self._move_cursor(fields, newest)

    def _move_cursor(self, fields: ObjectFields, newest: datetime) -> None:
        reached = min(newest, self._server_time() - UNSETTLED)
        known = datetime.fromisoformat(self._sync.cursors[fields.object_name])
        if reached > known:
            self._store_cursors({fields.object_name: reached.isoformat()})

    # Both

    def _take_in(self, page: Sequence[RemoteRecord]) -> Taken:
        taken = take_in(
            page, now=self._now, read_since=self._read_since, is_preview=self._is_preview
        )
        if self._is_preview:
            taken = self._without_told(taken)
        self._run.read += len(page)
        self._run.imported += len(taken.imported)
        self._store_lines(
            RunLine(
                kind=Line.IMPORTED,
                person=row.person,
                record_id=record.record_id,
                email=record.email,
            )
            for row, record in taken.imported
        )
        return taken

    def _without_told(self, taken: Taken) -> Taken:
        """A preview unsubscribes nobody, so that it meets people with two records twice."""
        new = [pair for pair in taken.imported if pair[0].person_id not in self._told]
        self._told |= {row.person_id for row, _record in new}
        return Taken(new, taken.standing)

    def _tell_salesforce(
        self, *, pks: Iterable[int] = (), rows: Sequence[Unsubscribe] = ()
    ) -> None:
        standing = in_force().filter(pk__in=pks).select_related("person__merged_into")
        wishes = wishes_of(rows or standing)
        planned = plan(self._client, self._fields, wishes, is_firm=self._is_firm)
        self._run.compared += len(wishes)
        if self._is_preview:
            self._tell([one for one in planned if one.step is not Step.NOTHING])
            return
        new = note_cleared(planned, now=self._now)
        for name, pack in packs(planned):
            # Nobody takes an unsubscribe back between this look at it and the tick there.
            with in_turn(WRITERS, seconds=WAIT_SECONDS):
                due = _still_standing(pack)
                self._tell(write(self._client, self._fields[name], due, now=self._now))
        self._tell([one for one in planned if one.record.record_id in new])

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        lines = [_line(outcome) for outcome in outcomes]
        kinds = [line.kind for line in lines]
        again = kinds.count(Line.WRITTEN_AGAIN)
        self._run.written += kinds.count(Line.WRITTEN) + again
        self._run.written_again += again
        self._run.cleared += kinds.count(Line.CLEARED)
        self._run.refused += kinds.count(Line.REFUSED)
        self._store_lines(lines)

    def _store_lines(self, lines: Iterable[RunLine]) -> None:
        new = list(lines)
        for line in new:
            line.run = self._run
        RunLine.objects.bulk_create(new, batch_size=PAGE)
        self._run.api_calls = self._client.calls
        self._run.save()

    def _lacks(self) -> list[str]:
        return [lack for name in OBJECTS for lack in self._fields[name].lacks]

    def _tell_lacks(self) -> None:
        self._run.error = " ".join(self._lacks())

    def _server_time(self) -> datetime:
        return self._client.server_time or self._now

    def _store_cursors(self, cursors: dict[str, str]) -> None:
        self._sync.cursors = {**self._sync.cursors, **cursors}
        UnsubscribeSync.store(cursors=self._sync.cursors)


def _line(outcome: Outcome) -> RunLine:
    error = outcome.error
    kind = Line.REFUSED if error else _LINE_OF_STEP.get(outcome.step, Line.CLEARED)
    return RunLine(
        kind=kind,
        person=outcome.wish.unsubscribe.person,
        record_id=outcome.record.record_id,
        email=outcome.record.email,
        reason=words_of(error) if error else "",
        code=error.code if error else "",
    )


def _still_standing(outcomes: Sequence[Outcome]) -> list[Outcome]:
    rows = in_force().filter(pk__in=[one.wish.unsubscribe.pk for one in outcomes])
    standing = set(rows.values_list("pk", flat=True))
    return [one for one in outcomes if one.wish.unsubscribe.pk in standing]


def _forget_unseen(*, before: datetime) -> None:
    """Those that were not among the opted out: cleared on both sides, or gone."""
    unseen = RemoteOptOut.objects.filter(seen_at__lt=before)
    unseen.exclude(sent_at__gte=before - timedelta(days=1)).delete()


def _standing_pks(*, after: int) -> Iterator[int]:
    standing = in_force().filter(pk__gt=after).order_by("pk")
    return standing.values_list("pk", flat=True).iterator(chunk_size=PAGE)


def pages(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while page := list(islice(rest, PAGE)):
        yield page
