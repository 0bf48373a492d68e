"""A full run, initial or reconcile: everybody is read, and who is not met any more is looked up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import Person
from syncing.errors import Permanent
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.capabilities import Capability, remember
from syncing.people_sync.created_at import EARLIEST, extract_windows
from syncing.people_sync.extract import extract_leads
from syncing.people_sync.feeds import FIRST_OVERLAP, install_cursors
from syncing.people_sync.fields import missing_names
from syncing.people_sync.hydrate import hydrate_all, hydrate_marked
from syncing.people_sync.id_sweep import sweep_ids
from syncing.people_sync.indexes import analyze_people
from syncing.people_sync.opportunities import fill_opportunities
from syncing.people_sync.seen import forget_seen, mark_unseen
from syncing.people_sync.strategy import choose_strategy, has_smart_list
from syncing.people_sync.survey import survey_leads
from syncing.people_sync.work import Work

Strategy = SyncRun.Strategy

UNSUPPORTED_FILTER = "1035"
# Marketo's day, and so its quota, begins at midnight there; a little later it is still night.
NIGHT_ZONE = ZoneInfo("America/Chicago")
NIGHT_HOUR = 2


def work_on_full_run(work: Work) -> bool:
    """Take phase after phase; True when the last is done, False when the slice is over before."""
    phases: dict[str, Callable[[Work], bool]] = {
        "prepare": _prepare,
        "read": _read_everybody,
        "look_up": _look_up,
        "opportunities": fill_opportunities,
    }
    names = list(phases)
    for name in names[names.index(work.checkpoint.get("phase", names[0])) :]:
        if work.checkpoint.get("phase") != name:
            work.save({"phase": name})
        if not phases[name](work):
            return False
    _finish(work)
    return True


def _prepare(work: Work) -> bool:
    """Learn what there is, and mark the place in the feeds before anything is read."""
    work.learn_fields()
    if missing := missing_names(work.marketo):
        work.add_note(_("Fields this Marketo instance does not have: %s") % ", ".join(missing))
    if not work.is_reconcile:
        since = work.now - FIRST_OVERLAP
        token = work.client.mint_paging_token(since)
        work.checkpoint.update(token=token, token_since=since.isoformat())
    forget_seen()
    work.checkpoint["had_people"] = Person.objects.exists()
    _choose_strategy(work)
    return True


def _choose_strategy(work: Work) -> None:
    """A smart list needs no survey; its export says how many there are."""
    if has_smart_list(work.marketo):
        work.run.strategy = Strategy.SMART_LIST
        return
    survey = survey_leads(work.client, work.lead_reader(), work.lead_fields(), now=work.now)
    work.run.strategy = choose_strategy(work.marketo, survey)
    work.run.total, work.run.is_total_exact = survey.leads, False
    work.checkpoint.update(
        highest_id=survey.highest_id,
        window_end=work.now.isoformat(),
        oldest=(survey.oldest or EARLIEST).isoformat(),
    )


def _read_everybody(work: Work) -> bool:
    """Read on; before others have their turn, put right what differs from what was read."""
    is_done = _read_on(work)
    hydrate_marked(work)
    if is_done and work.run.written > work.run.unchanged:
        analyze_people()
    return is_done


def _read_on(work: Work) -> bool:
    if work.run.strategy == Strategy.SMART_LIST:
        return _extract_smart_list(work)
    if work.run.strategy == Strategy.CREATED_AT:
        return extract_windows(work)
    return sweep_ids(work)


def _extract_smart_list(work: Work) -> bool:
    if work.checkpoint.get("is_extracted"):
        return True
    smart_list = {"smartListId": work.marketo.smart_list_id}
    try:
        export = extract_leads(work, smart_list, then=lambda _: {"is_extracted": True})
    except Permanent as error:
        if error.code != UNSUPPORTED_FILTER:
            raise
    else:
        return export is not None
    remember(work.marketo, Capability.SMART_LIST_EXPORT, available=False)
    work.add_note(_("This Marketo subscription does not export smart lists."))
    _choose_strategy(work)
    work.save()
    return _read_on(work)


def _look_up(work: Work) -> bool:
    """Read again one by one whom the run did not meet or found different; then follow the feeds."""
    if work.run.strategy != Strategy.ID_SWEEP and work.checkpoint["had_people"]:
        mark_unseen(now=work.now)
        work.save({"had_people": False})
        forget_seen()
    if not hydrate_all(work):
        return False
    if not work.is_reconcile:
        with transaction.atomic():
            install_cursors(
                token=work.checkpoint["token"],
                since=datetime.fromisoformat(work.checkpoint["token_since"]),
                now=work.now,
            )
            # Raises when somebody has disconnected meanwhile.
            work.save()
    return True


def _finish(work: Work) -> None:
    """The sync is live from now on."""
    work.run.progress = 1
    work.save()
    work.marketo.store(next_reconcile_at=next_night(work.now))
    if not work.is_reconcile:
        work.marketo.store(next_cycle_at=work.now)
        first = MarketoConnection.objects.filter(sync_state=MarketoConnection.SyncState.INITIAL)
        first.update(sync_state=MarketoConnection.SyncState.LIVE)


def next_night(now: datetime) -> datetime:
    """When the next reconcile should begin."""
    local = now.astimezone(NIGHT_ZONE)
    tonight = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)
