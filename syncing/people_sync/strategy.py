"""How a full run reads everybody: the cheapest way that this instance allows."""

from __future__ import annotations

from syncing.connections import calls_left_today
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.capabilities import Capability, is_refused
from syncing.people_sync.id_sweep import PAGE
from syncing.people_sync.survey import Survey

Strategy = SyncRun.Strategy


def choose_strategy(marketo: MarketoConnection, survey: Survey) -> SyncRun.Strategy:
    """One extract of a smart list, else all ids if today's calls suffice, else month by month.

    Where the survey found nobody, nobody knows up to which id there may be somebody.
    """
    if has_smart_list(marketo):
        return Strategy.SMART_LIST
    is_affordable = survey.highest_id // PAGE <= calls_left_today(marketo)
    return Strategy.ID_SWEEP if survey.highest_id and is_affordable else Strategy.CREATED_AT


def has_smart_list(marketo: MarketoConnection) -> bool:
    refused = is_refused(marketo, Capability.SMART_LIST_EXPORT)
    return marketo.smart_list_id is not None and not refused
