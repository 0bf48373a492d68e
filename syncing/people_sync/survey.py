"""How many leads there are and how far their ids reach, found with a few dozen calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncing.marketo import Lead, MarketoClient
from syncing.people_sync.mapping import LeadReader, as_moment
from syncing.people_sync.threads import in_order

SAMPLE = 300
LARGEST_EXPONENT = 31  # ids are 32-bit integers (doc: Lead in the API's schema)
SMALLEST_EXPONENT = 8
# New leads of so long tell the highest id at once, unless there are very many of them.
RECENTLY = timedelta(days=1)
FEED_PAGES = 10
# Where no sample meets anybody: Marketo remembers for 25 months who was new.
LONGER_AGO = (timedelta(days=30), timedelta(days=180), timedelta(days=760))


@dataclass(frozen=True, slots=True)
class Survey:
    """Estimates, and the highest id that was seen; all zero for an instance without leads."""

    leads: int
    people: int
    highest_id: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Some ids between `low` and `high`, evenly spread, and the leads that have one of them."""

    low: int
    high: int
    leads: Sequence[Lead]

    @property
    def scale(self) -> float:
        return max(1.0, (self.high - self.low) / SAMPLE)


def survey_leads(
    client: MarketoClient, reader: LeadReader, fields: Sequence[str], *, now: datetime
) -> Survey:
    """Sample each doubling of the range of ids."""

    def ask(bounds: tuple[int, int]) -> Sample:
        return _sample(client, fields, *bounds)

    bounds = [(1, 2**SMALLEST_EXPONENT)]
    bounds += [(2**n, 2 ** (n + 1)) for n in range(SMALLEST_EXPONENT, LARGEST_EXPONENT)]
    samples = [sample for _, sample in in_order(ask, bounds)]
    inhabited = [sample for sample in samples if sample.leads]
    highest = _newest_lead(client, since=now - RECENTLY)
    if inhabited:
        highest = max(highest, _highest_id(client, fields, inhabited[-1]))
    elif highest := highest or _newest_lead_ever(client, now=now):
        inhabited = [_sample(client, fields, max(1, highest + 1 - SAMPLE), highest + 1)]
    kept = {id(each): len(reader.read_records(_records(each.leads)).kept) for each in inhabited}
    return Survey(
        leads=round(sum(len(sample.leads) * sample.scale for sample in inhabited)),
        people=round(sum(kept[id(sample)] * sample.scale for sample in inhabited)),
        highest_id=highest,
        oldest=oldest_of(inhabited),
    )


def _sample(client: MarketoClient, fields: Sequence[str], low: int, high: int) -> Sample:
    count = min(SAMPLE, high - low)
    ids = [low + (high - low) * place // count for place in range(count)]
    return Sample(low, high, client.leads("id", ids, fields))


def _highest_id(client: MarketoClient, fields: Sequence[str], last: Sample) -> int:
    """Close in on the end: sample finer and finer beyond the highest id met."""
    highest = max(lead.id for lead in last.leads)
    reach = last.scale * 20
    while reach > SAMPLE:
        beyond = _sample(client, fields, highest + 1, highest + 1 + int(reach)).leads
        highest = max([highest, *(lead.id for lead in beyond)])
        reach /= 15
    return highest


def _newest_lead_ever(client: MarketoClient, *, now: datetime) -> int:
    """As far back as there is a trace of one; 0 if there is none."""
    highest = (_newest_lead(client, since=now - ago) for ago in LONGER_AGO)
    return next(filter(None, highest), 0)


def _newest_lead(client: MarketoClient, *, since: datetime) -> int:
    """The highest id in the feed of changes, which names every new lead."""
    token = client.mint_paging_token(since)
    highest = 0
    for _ in range(FEED_PAGES):
        page = client.lead_changes(token, ["createdAt"])
        highest = max([highest, *(change.lead_id for change in page.items)])
        if not page.more:
            break
        token = page.next_token
    return highest


def _records(leads: Iterable[Lead]) -> Iterable[dict[str, object]]:
    return ({**lead.values, "id": lead.id} for lead in leads)


def oldest_of(samples: Iterable[Sample]) -> datetime | None:
    """When the oldest lead was created, as far as that can be read."""
    dates = (as_moment(lead.values.get("createdAt")) for each in samples for lead in each.leads)
    return min(filter(None, dates), default=None)
