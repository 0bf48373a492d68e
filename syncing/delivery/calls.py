"""The two calls of a delivery, adding and looking up. They run in threads, without the database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from syncing.errors import Misconfigured, Permanent, SyncError
from syncing.marketo import MarketoClient
from syncing.marketo.client import MOST_LEADS
from syncing.marketo.custom_activities import fitting

Answer = str | SyncError
# The call is at fault, not one of its records: no such address, method or feature.
CALL_CODES = {"404", "605", "610", "612", "616"}


class Sought(NamedTuple):
    """An activity that may stand in the log: our key, of which leads, and under which date."""

    uuid: str
    lead_ids: tuple[int, ...]
    occurred_at: datetime


def add(
    client: MarketoClient, records: Sequence[Mapping[str, Any]], *, begin_by: float
) -> list[Answer]:
    """Add the records in as few calls as hold them, none after `begin_by` of the monotonic clock.

    Answers for each record, in their order: its marketoGUID, or the error.
    """
    answers: list[Answer] = []
    for part in fitting(records):
        answers += _add_part(client, records[part], begin_by)
    return answers


def _add_part(
    client: MarketoClient, records: Sequence[Mapping[str, Any]], begin_by: float
) -> list[Answer]:
    """One call; if Marketo refuses it as a whole, halves find the record it is about."""
    begin_within = max(0.0, begin_by - time.monotonic())
    try:
        return client.custom_activities.add(records, begin_within=begin_within)
    except Permanent as error:
        if error.code in CALL_CODES:
            fault = Misconfigured(error.message, setting="activities", code=error.code)
            return [fault] * len(records)
        if len(records) == 1:
            return [error]
    except SyncError as error:
        return [error] * len(records)
    middle = len(records) // 2
    return [
        *_add_part(client, records[:middle], begin_by),
        *_add_part(client, records[middle:], begin_by),
    ]


def look_up(
    client: MarketoClient, sought: Sequence[Sought], type_ids: Sequence[int]
) -> dict[str, str] | SyncError:
    """The marketoGUIDs of those that stand in the log, by our keys; or why nobody knows."""
    lead_ids = list(dict.fromkeys(lead_id for one in sought for lead_id in one.lead_ids))
    # The log goes by when things happened, in whole seconds, and not by when they were added.
    since = min(one.occurred_at for one in sought) - timedelta(seconds=1)
    keys = {one.uuid for one in sought}
    found: dict[str, str] = {}
    try:
        for first in range(0, len(lead_ids), MOST_LEADS):
            group = lead_ids[first : first + MOST_LEADS]
            found |= _keys_in_log(client, since, type_ids, group)
    except SyncError as error:
        return error
    return {key: guid for key, guid in found.items() if key in keys}


def _keys_in_log(
    client: MarketoClient, since: datetime, type_ids: Sequence[int], lead_ids: Sequence[int]
) -> dict[str, str]:
    """The marketoGUIDs of these leads' activities by each value of an attribute of theirs."""
    found: dict[str, str] = {}
    token, more = client.mint_paging_token(since), True
    while more:
        page = client.activities(token, type_ids, lead_ids)
        for item in page.items:
            found |= {str(value): item.marketo_guid for value in item.attributes.values()}
        token, more = page.next_token, page.more
    return found
