"""What the pages show of the connection and the sync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from people.models import Person
from syncing.models import ApiUsage, MarketoConnection, SyncRun
from syncing.people_sync.capabilities import Capability, is_refused
from syncing.people_sync.fields import SYNCED_FIELDS, chosen_names

# The promise: what is older than this is said to be behind.
LATE_AFTER_CYCLES = 3
LATE_AFTER_AT_LEAST = timedelta(minutes=3)
OPPORTUNITY_API_NAME = "externalOpportunityId"
# The product's own order (the sixth is no field of a lead).
PREVIEW = (*list(SYNCED_FIELDS)[:5], "salesforce_opportunity_id", *list(SYNCED_FIELDS)[5:])
LABELS = {
    column.name: column.verbose_name
    for column in Person._meta.fields  # noqa: SLF001
}


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """One of the 13 fields, and what this Marketo instance has for it."""

    column: str
    label: str | Promise
    api_name: str
    data_type: str
    is_available: bool


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The sync in a word and a line, for the top bar."""

    state: Literal["off", "ok", "busy", "warning", "error"]
    text: str


def get_connection() -> MarketoConnection | None:
    return MarketoConnection.objects.first()


def recent_runs() -> QuerySet[SyncRun]:
    """Each run with `is_again`: whether everybody had been read before it."""
    before = SyncRun.objects.filter(
        kind=SyncRun.Kind.INITIAL,
        state=SyncRun.State.SUCCEEDED,
        started_at__lt=OuterRef("started_at"),
    )
    runs = SyncRun.objects.select_related("requested_by").annotate(is_again=Exists(before))
    return runs.order_by("-started_at", "-id")


def usage_last_7_days() -> QuerySet[ApiUsage]:
    """The newest seven days there are, oldest first when reversed."""
    return ApiUsage.objects.order_by("-day")[:7]


def field_preview(connection: MarketoConnection) -> list[FieldPreview]:
    names = chosen_names(connection)
    return [_field_preview(connection, column, names.get(column, "")) for column in PREVIEW]


def _field_preview(connection: MarketoConnection, column: str, api_name: str) -> FieldPreview:
    label = LABELS[column]
    if column == "salesforce_opportunity_id":
        is_available = not is_refused(connection, Capability.OPPORTUNITY_ROLES)
        return FieldPreview(column, label, OPPORTUNITY_API_NAME, "string", is_available)
    about = connection.described_fields.get(api_name, {})
    is_available = api_name in connection.described_fields or api_name == "id"
    return FieldPreview(column, label, api_name, about.get("data_type", ""), is_available)


def sync_status(now: datetime) -> SyncStatus:
    """In one query, for every page shows it; what is wrong comes before what is under way."""
    connection = MarketoConnection.objects.annotate(open_run=Subquery(_open_run())).first()
    if connection is None:
        return SyncStatus("off", _("Marketo is not connected"))
    if connection.state == MarketoConnection.State.NEEDS_ATTENTION:
        return SyncStatus("error", _("Marketo sync needs attention"))
    if connection.state == MarketoConnection.State.PAUSED_UNTIL:
        return SyncStatus("warning", _("Sync waits for the daily API quota"))
    if connection.sync_state == MarketoConnection.SyncState.OFF:
        return SyncStatus("off", _("Sync is off"))
    if connection.sync_state == MarketoConnection.SyncState.PAUSED:
        return SyncStatus("warning", _("Sync is paused"))
    return _run_status(connection.open_run) or _lag_status(connection, now=now)


def _open_run() -> QuerySet[Any, Any]:
    """The fields that `_run_status` takes, of the run that the page should tell of."""
    runs = (
        SyncRun.objects.filter(state__in=SyncRun.OPEN_STATES)
        .exclude(kind=SyncRun.Kind.RECONCILE, error="")
        .exclude(kind=SyncRun.Kind.INCREMENTAL, error="")
    )
    fields = JSONObject(error="error", progress="progress")
    return runs.order_by("kind").values(fields=fields)[:1]


def _run_status(run: dict[str, Any] | None) -> SyncStatus | None:
    if run is None:
        return None
    if run["error"]:
        return SyncStatus("warning", _("The sync was interrupted; trying again"))
    return SyncStatus("busy", _("Full sync: %(percent)d %%") % {"percent": run["progress"] * 100})


def _lag_status(connection: MarketoConnection, *, now: datetime) -> SyncStatus:
    if connection.synced_until is None:
        return SyncStatus("busy", _("Sync is starting"))
    until = time_format(timezone.localtime(connection.synced_until), "H:i:s")
    if is_behind(connection, now=now):
        return SyncStatus("warning", _("Behind: changes up to %(time)s are in") % {"time": until})
    return SyncStatus("ok", _("Changes up to %(time)s are in") % {"time": until})


def is_behind(connection: MarketoConnection, *, now: datetime) -> bool:
    """Whether changes are missing that should be in by now."""
    allowed = max(
        LATE_AFTER_AT_LEAST, timedelta(seconds=LATE_AFTER_CYCLES * connection.cycle_seconds)
    )
    return connection.synced_until is not None and now - connection.synced_until > allowed
