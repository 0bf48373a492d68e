"""Marketo's three feeds of changes: which leads to read again, and how far each feed is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from people.models import Person
from syncing.errors import Permanent
from syncing.marketo import Activity, BadRow, FeedPage, LeadChange
from syncing.models import FeedCursor, SeenActivity
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.mapping import Problem
from syncing.people_sync.work import Work

# Some rows are written late, with an earlier date. Every so often the feeds are therefore read
# again from so long before; what was taken into account already is known by its GUID. Each row is
# so read 2.3 times on average. One that is up to 20 minutes late is never missed, but may take an
# hour to come in; for less waiting the feeds would cost more calls.
REWIND_EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=80)
# Before a first sync: so that nothing falls between two clocks.
FIRST_OVERLAP = timedelta(minutes=5)
# Marketo may forget deletions after 14 days (doc: getDeletedLeads).
DELETIONS_KEPT_FOR = timedelta(days=13)
FIELD_NOT_FOUND = "1006"

NEW_LEAD = 12
MERGE_LEADS = 32
# Whatever else changes a person's owner, CRM record or opportunities (doc: activity types):
# 19/28 sync to SFDC, 21 convert, 23 change owner, 29 delete from SFDC, 31/32 merges,
# 34/35/36 opportunities.
ACTIVITY_TYPES = (19, 21, 23, 28, 29, 31, MERGE_LEADS, 34, 35, 36)

Feed = FeedCursor.Feed


@dataclass
class Signals:
    """What a page of a feed says: leads to read again, and who lost a merge to whom."""

    lead_ids: set[int] = field(default_factory=set)
    winners: dict[int, int] = field(default_factory=dict)


@transaction.atomic
def install_cursors(*, token: str, since: datetime, now: datetime) -> None:
    """Have all feeds read from this moment on, whatever was read of them before.

    A date token is good for each of them (doc: paging-tokens.md).
    """
    SeenActivity.objects.all().delete()
    for feed in Feed:
        FeedCursor.objects.update_or_create(
            feed=feed, defaults={"token": token, "watermark": since, "rewound_at": now}
        )


def read_feeds(work: Work) -> bool:
    """Read what the feeds have; True when all are read through, False when the slice is over."""
    began_at = work.now
    if "feeds_left" not in work.checkpoint:
        _rewind_if_due(work)
        work.save({"feeds_left": list(Feed)})
    cursors = FeedCursor.objects.in_bulk(field_name="feed")
    feeds_left = tuple(work.checkpoint["feeds_left"])
    return all(_read_through(work, cursors[feed], began_at) for feed in feeds_left)


def _rewind_if_due(work: Work) -> None:
    """One token from before the overlap, for all feeds at once.

    Only as a cycle begins: a backlog that takes longer than the interval would never come to its
    end. A clock that was ahead leaves times to come behind; they count as long ago.
    """
    oldest = FeedCursor.objects.aggregate(rewound_at=Min("rewound_at"), watermark=Min("watermark"))
    if not timedelta(0) <= work.now - oldest["rewound_at"] < REWIND_EVERY:
        token = _token_from(work, oldest["watermark"])
        FeedCursor.objects.update(token=token, rewound_at=work.now)


def _token_from(work: Work, watermark: datetime) -> str:
    return work.client.mint_paging_token(min(watermark, work.now) - OVERLAP)


def _read_through(work: Work, cursor: FeedCursor, began_at: datetime) -> bool:
    while not work.slice.is_over:
        page = _read_page(work, cursor)
        with transaction.atomic():
            signals = _signals(work, page.items)
            if cursor.feed == Feed.DELETED_LEADS:
                signals.lead_ids &= _known(signals.lead_ids)
            mark_dirty(marketo_ids=signals.lead_ids, winners=signals.winners, now=work.now)
            work.report([_problem(bad) for bad in page.bad_rows])
            cursor.token = page.next_token
            if not page.more:
                cursor.watermark = began_at
                work.checkpoint["feeds_left"].remove(cursor.feed)
            cursor.save()
            work.save()
        if not page.more:
            return True
    return False


def _problem(bad: BadRow) -> Problem:
    return Problem(None, "", "BAD_ROW", _("A row of a feed cannot be read: %s") % bad.reason)


def _read_page(work: Work, cursor: FeedCursor) -> FeedPage[Any]:
    try:
        return _ask(work, cursor)
    except Permanent as error:
        if error.code == FIELD_NOT_FOUND:
            raise
        # Nobody says how long a token lives; a new one from before what is in loses nothing.
        cursor.token = _token_from(work, cursor.watermark)
        return _ask(work, cursor)


def _ask(work: Work, cursor: FeedCursor) -> FeedPage[Any]:
    if cursor.feed == Feed.LEAD_CHANGES:
        return work.client.lead_changes(cursor.token, work.lead_fields())
    if cursor.feed == Feed.ACTIVITIES:
        return work.client.activities(cursor.token, ACTIVITY_TYPES)
    return work.client.deleted_leads(cursor.token)


def _signals(work: Work, items: Sequence[LeadChange | Activity]) -> Signals:
    signals = Signals()
    wanted = set(work.lead_fields())
    for item in _unseen(items):
        if isinstance(item, LeadChange) and not _concerns(item, wanted):
            continue
        signals.lead_ids.add(item.lead_id)
        if isinstance(item, Activity) and item.activity_type_id == MERGE_LEADS:
            losers = _merged_ids(item.attributes.get("Merge IDs"))
            signals.winners |= dict.fromkeys(losers - {item.lead_id}, item.lead_id)
    return signals


def _concerns(change: LeadChange, wanted: set[str]) -> bool:
    """Marketo sends changes of other fields too, whatever was asked for."""
    return change.activity_type_id == NEW_LEAD or not wanted.isdisjoint(change.fields)


def _merged_ids(value: Any) -> set[int]:
    """The ids of an attribute that is a list, or a list written as text."""
    return {int(digits) for digits in re.findall(r"\d+", str(value or ""))}


def _unseen(items: Sequence[LeadChange | Activity]) -> Iterable[LeadChange | Activity]:
    by_guid = {item.marketo_guid: item for item in items}
    seen = set(SeenActivity.objects.filter(pk__in=by_guid).values_list("pk", flat=True))
    new = [item for guid, item in by_guid.items() if guid not in seen]
    SeenActivity.objects.bulk_create(
        SeenActivity(marketo_guid=item.marketo_guid, happened_at=item.happened_at) for item in new
    )
    return new


def _known(marketo_ids: Collection[int]) -> set[int]:
    people = Person.objects.filter(marketo_id__in=marketo_ids)
    return set(people.values_list("marketo_id", flat=True))


def forget_old() -> None:
    """Nothing older than this is read again."""
    oldest = min(FeedCursor.objects.values_list("watermark", flat=True)) - 2 * OVERLAP
    SeenActivity.objects.filter(happened_at__lt=oldest).delete()
