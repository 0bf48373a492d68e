"""What Marketo's log says of a few leads, read within bounds and with the newest first.

The log can only be read forwards from a moment, past everything that all other leads did, so a
reading may have to stop half-way. It knows where, and can go on from there.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from syncing.connection_state import may_call
from syncing.connections import budget_for, client_for
from syncing.errors import Permanent, SyncError
from syncing.marketo import MarketoClient, Priority
from syncing.marketo.client import MOST_LEADS
from syncing.marketo.records import Activity, FeedPage
from syncing.models import MarketoConnection
from syncing.smart_grid.rows import BOT, KEPT_ATTRIBUTES, MARKETO_TYPES

DAYS = 90
# These are read first, so that a reading which stops half-way has at least them.
RECENT_DAYS = 14
MOST_PAGES = 12
SECONDS = 3.0
LONGEST_VALUE = 500
_FOREVER = datetime.max.replace(tzinfo=UTC)
# A token is a place in the log, the same for all leads; how long one is good nobody says.
_TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Marketo could not be read, in plain words, with its own code if it gave one."""

    words: str
    code: str = ""


@dataclass
class Chain:
    """At most 30 leads, a stretch of time, and how far its pages were read."""

    leads: Sequence[int]
    since: datetime
    until: datetime
    token: str = ""
    is_done: bool = False

    def take(self, page: FeedPage[Activity]) -> None:
        self.token = page.next_token
        is_past_end = any(item.happened_at >= self.until for item in page.items)
        self.is_done = is_past_end or not page.more


@dataclass
class Reading:
    """What was found so far, by Marketo's key."""

    as_of: datetime
    chains: list[Chain]
    found: dict[str, Activity] = field(default_factory=dict)
    unreadable: int = 0
    problem: Problem | None = None

    @property
    def is_complete(self) -> bool:
        return all(chain.is_done for chain in self.chains) and not self.unreadable

    @property
    def can_go_on(self) -> bool:
        return not all(chain.is_done for chain in self.chains)

    @property
    def complete_since(self) -> datetime | None:
        """From here on nothing is missing; None if even the newest may lack something."""
        by_since = itertools.groupby(self.chains, key=lambda chain: chain.since)
        whole = [since for since, chains in by_since if all(chain.is_done for chain in chains)]
        return min(whole, default=None)


def new_reading(leads: Sequence[int], *, now: datetime) -> Reading:
    """Nothing is read yet: the recent days of all leads come first, then the rest."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    recent = today - timedelta(days=RECENT_DAYS)
    # A day more, for in the reader's time zone the first day may have begun earlier.
    oldest = today - timedelta(days=DAYS + 1)
    return Reading(
        as_of=now,
        chains=[
            Chain(leads=leads[start : start + MOST_LEADS], since=since, until=until)
            for since, until in ((recent, _FOREVER), (oldest, recent))
            for start in range(0, len(leads), MOST_LEADS)
        ],
    )


def read_on(reading: Reading, *, now: datetime) -> None:
    """Read until all is there, or pages or time are up; a problem ends it and is kept."""
    reading.problem = None
    try:
        _read(reading, _usable_connection(now))
    except SyncError as error:
        reading.problem = Problem(error.message, error.code)
    except RedisError:
        reading.problem = Problem(_("Redis cannot be reached."))


def _usable_connection(now: datetime) -> MarketoConnection:
    marketo = MarketoConnection.objects.first()
    if marketo is None:
        raise SyncError(_("Marketo is not connected."))
    if not may_call(marketo, now=now):
        raise SyncError(marketo.state_reason, code=marketo.state_code)
    status = budget_for(marketo).status()
    if status.calls_today >= status.background_cap:
        raise SyncError(_("Marketo's last calls of the day are kept for sending emails."))
    return marketo


def _read(reading: Reading, marketo: MarketoConnection) -> None:
    ends = time.monotonic() + SECONDS
    with client_for(marketo, Priority.INTERACTIVE, within_seconds=SECONDS) as client:
        for chain in itertools.islice(_open_chains(reading), MOST_PAGES):
            if time.monotonic() >= ends:
                return
            _read_page(reading, chain, client, marketo)


def _open_chains(reading: Reading) -> Iterator[Chain]:
    """The chain to read next, again and again until it is done."""
    for chain in reading.chains:
        while not chain.is_done:
            yield chain


def _read_page(
    reading: Reading, chain: Chain, client: MarketoClient, marketo: MarketoConnection
) -> None:
    key = f"smart-grid-token:{marketo.base_url}:{chain.since:%Y-%m-%d}"
    token = chain.token or cache.get(key)
    if not token:
        token = client.mint_paging_token(chain.since)
        cache.set(key, token, _TOKEN_SECONDS)
    try:
        page = client.activities(token, list(MARKETO_TYPES), chain.leads)
    except Permanent:
        # Tokens may go bad before their time.
        cache.delete(key)
        raise
    chain.take(page)
    reading.unreadable += len(page.bad_rows)
    for item in page.items:
        if chain.since <= item.happened_at < chain.until and not _is_bot(item):
            reading.found[item.marketo_guid] = _trimmed(item)


def _is_bot(item: Activity) -> bool:
    """Security scanners open and click everything; that tells nothing about the person."""
    return str(item.attributes.get(BOT)).lower() in {"true", "1"}


def _trimmed(item: Activity) -> Activity:
    """With no more than is shown: forms, for one, carry all that was typed."""
    kept = {name: item.attributes.get(name) for name in KEPT_ATTRIBUTES}
    return replace(
        item,
        primary_value=str(item.primary_value or "")[:LONGEST_VALUE],
        attributes={name: str(value)[:LONGEST_VALUE] for name, value in kept.items() if value},
    )
