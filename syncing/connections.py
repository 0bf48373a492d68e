"""The connection to Marketo: making it, testing it, and calling through it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from redis import Redis

from syncing.errors import Misconfigured, Permanent, QuotaExhausted, SyncError
from syncing.marketo import CallBudget, Credentials, MarketoClient, Priority
from syncing.models import (
    DirtyLead,
    FeedCursor,
    MarketoConnection,
    PeopleOrigin,
    SeenActivity,
    SyncRun,
    new_webhook_secret,
)
from syncing.people_sync.removals import delete_everybody, is_anything_kept

CONNECTION_ID = 1
ACCESS_DENIED = "603"
NO_SUCH_LEAD = 1
# Any moment does; a token is only minted, nothing is read from it.
PROBED_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

MarketoState = MarketoConnection.State


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a connection: which setting to look at, and why, in plain words."""

    setting: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a test found. Without `problems` the sync will work; `notes` say what it will lack."""

    problems: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


def connect_marketo(
    *,
    base_url: str,
    client_id: str,
    client_secret: str,
    now: datetime,
    smart_list_id: int | None = None,
    daily_call_cap: int | None = None,
    linkedin_field: str | None = None,
    delete_people: bool = False,
) -> MarketoConnection:
    """Test the credentials, then store them, in place of those there may be.

    Options left out stay as they are. People of another instance are deleted, but only with
    `delete_people`, and never once sellers have worked with them. Raises SyncError with all that
    is wrong.
    """
    credentials = Credentials(base_url, client_id, client_secret)
    origin = other_origin(credentials.base_url)
    if origin:
        _require_free_to_leave(origin, delete_people=delete_people)
    _require(test_connection(credentials))
    with MarketoClient(credentials, _budget(base_url), Priority.INTERACTIVE) as client:
        fields = _described(client)
    options = {
        "smart_list_id": smart_list_id,
        "daily_call_cap": daily_call_cap,
        "linkedin_field": linkedin_field,
    }
    with transaction.atomic():
        if origin:
            if not delete_everybody():
                raise _bound_to(origin)
            disconnect_marketo(now=now)
        PeopleOrigin.objects.update_or_create(
            id=1, defaults={"host": instance_host(credentials.base_url)}
        )
        marketo, _is_new = MarketoConnection.objects.get_or_create(
            id=CONNECTION_ID, defaults={"connected_at": now}
        )
        save_as_working(
            marketo,
            base_url=credentials.base_url,
            client_id=client_id,
            client_secret=client_secret,
            described_fields=fields,
            described_at=now,
            **{name: value for name, value in options.items() if value is not None},
        )
    return marketo


def other_origin(base_url: str) -> str | None:
    """The host of another Marketo instance, if the people here are from there."""
    origin = PeopleOrigin.objects.exclude(host=instance_host(base_url)).first()
    return origin.host if origin else None


def _require_free_to_leave(origin: str, *, delete_people: bool) -> None:
    if is_anything_kept():
        raise _bound_to(origin)
    if not delete_people:
        raise Misconfigured(
            _(
                "The people here are from %s. Connecting another Marketo deletes them, with their"
                " history and their places in groups; confirm that first."
            )
            % origin,
            setting="delete_people",
        )


def _bound_to(origin: str) -> Misconfigured:
    return Misconfigured(
        _(
            "This workspace stays with %s. Sellers have worked with its people, and the activities"
            " and unsubscribes of that are kept for good. Another Marketo needs a workspace of its"
            " own."
        )
        % origin,
        setting="base_url",
    )


def rotate_secret(*, client_secret: str) -> MarketoConnection:
    """Store a new client secret after testing it. Raises SyncError with what is wrong."""
    marketo = MarketoConnection.objects.get()
    _require(test_connection(Credentials(marketo.base_url, marketo.client_id, client_secret)))
    save_as_working(marketo, client_secret=client_secret)
    return marketo


def retry_connection() -> ConnectionReport:
    """Test the connection as it stands; if it works again, the sync goes on at once."""
    marketo = MarketoConnection.objects.get()
    report = test_connection(credentials_of(marketo))
    if report.ok:
        save_as_working(marketo)
    return report


def hasten_next_cycle(*, within_seconds: int, now: datetime) -> None:
    """Let the next cycle begin within so long, if it was to begin later."""
    latest = now + timedelta(seconds=within_seconds)
    MarketoConnection.objects.filter(next_cycle_at__gt=latest).update(next_cycle_at=latest)


def rotate_webhook() -> None:
    """Give the webhook a new address; calls to the old one are refused from now on."""
    MarketoConnection.objects.update(webhook_secret=new_webhook_secret())


@transaction.atomic
def disconnect_marketo(*, now: datetime) -> None:
    """Forget the credentials and where the sync stood. The people stay, and their history."""
    MarketoConnection.objects.all().delete()
    # In the order in which a slice of work writes, so that the two never wait for each other.
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE syncing_seenactivity, syncing_dirtylead, syncing_feedcursor")
    for model in (SeenActivity, DirtyLead, FeedCursor):
        model.objects.all().delete()
    SyncRun.objects.filter(state__in=SyncRun.OPEN_STATES).update(
        state=SyncRun.State.CANCELLED, finished_at=now
    )


def test_connection(credentials: Credentials) -> ConnectionReport:
    """Try each kind of call that the sync needs, and say exactly what is wrong.

    Marketo itself is asked, also while the daily quota is taken to be used up: it may have been
    raised. If it was not, the next answer lets everything rest again.
    """
    budget = _budget(credentials.base_url)
    with MarketoClient(credentials, budget, Priority.INTERACTIVE) as client:
        try:
            budget.resume()
            client.authenticate()
            # Needs no permission: who may not even do this is kept out as a whole.
            client.usage_last_7_days()
        except SyncError as error:
            return ConnectionReport((_closed_door(error),))
        needed = (
            _probe(lambda: _read_leads(client), "Read-Only Lead"),
            _probe(lambda: client.mint_paging_token(PROBED_MOMENT), "Read-Only Activity"),
        )
        wanted = _probe(lambda: client.opportunity_roles([NO_SUCH_LEAD]), "Read-Only Opportunity")
    notes = (f"{_('Opportunity IDs will stay empty.')} {wanted.message}",) if wanted else ()
    return ConnectionReport(tuple(finding for finding in needed if finding), notes)


def client_for(
    marketo: MarketoConnection,
    priority: Priority = Priority.BACKGROUND,
    *,
    within_seconds: float = math.inf,
) -> MarketoClient:
    return MarketoClient(
        credentials_of(marketo), budget_for(marketo), priority, within_seconds=within_seconds
    )


def credentials_of(marketo: MarketoConnection) -> Credentials:
    return Credentials(marketo.base_url, marketo.client_id, marketo.client_secret)


def budget_for(marketo: MarketoConnection) -> CallBudget:
    return _budget(marketo.base_url, daily_cap=marketo.daily_call_cap)


def calls_left_today(marketo: MarketoConnection) -> int:
    """How many calls background work may still make until Marketo's midnight."""
    status = budget_for(marketo).status()
    return max(0, status.background_cap - status.calls_today)


def describe(marketo: MarketoConnection, client: MarketoClient, *, now: datetime) -> None:
    """Learn which lead fields this instance has."""
    marketo.store(described_fields=_described(client), described_at=now)


def _described(client: MarketoClient) -> dict[str, dict[str, object]]:
    return {
        field.name: {
            "label": field.display_name,
            "data_type": field.data_type,
            "length": field.length,
        }
        for field in client.describe_leads()
    }


def is_sandbox(marketo: MarketoConnection) -> bool:
    """Plain http is accepted for this very machine only, and no real Marketo runs there."""
    return urlsplit(marketo.base_url).scheme == "http"


def _budget(base_url: str, daily_cap: int = 50_000) -> CallBudget:
    return CallBudget(
        _redis(),
        instance=base_url,
        daily_cap=daily_cap,
        calls=settings.MARKETO_CALLS_PER_20_SECONDS,
        in_flight=settings.MARKETO_CALLS_IN_FLIGHT,
    )


@functools.cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL)


def instance_host(base_url: str) -> str:
    """What tells instances apart; the sandbox on this machine may change its port."""
    address = urlsplit(base_url)
    return "localhost" if address.scheme == "http" else address.hostname or ""


@transaction.atomic
def save_as_working(marketo: MarketoConnection, **values: object) -> None:
    """What was wrong is over, and what was refused is tried again."""
    marketo.store(
        state=MarketoState.CONNECTED,
        state_reason="",
        state_code="",
        paused_until=None,
        capabilities={},
        **values,
    )
    waiting = SyncRun.objects.filter(state=SyncRun.State.WAITING).exclude(error="")
    waiting.update(resume_at=None)


def _require(report: ConnectionReport) -> None:
    if report.problems:
        first = report.problems[0]
        message = " ".join(problem.message for problem in report.problems)
        raise Misconfigured(message, setting=first.setting, code=first.code)


def _closed_door(error: SyncError) -> Finding:
    if isinstance(error, Misconfigured) and error.code == ACCESS_DENIED:
        message = _(
            "Marketo denies every call: the IP allowlist of its Web Services"
            " does not include this server."
        )
        return Finding("permissions", message, error.code)
    if isinstance(error, Misconfigured):
        return Finding(error.setting, error.message, error.code)
    if isinstance(error, QuotaExhausted):
        return Finding("daily_call_cap", error.message, error.code)
    return Finding("base_url", error.message, error.code)


def _read_leads(client: MarketoClient) -> None:
    client.describe_leads()
    client.leads("id", [NO_SUCH_LEAD], ["id"])


def _probe(call: Callable[[], object], permission: str) -> Finding | None:
    try:
        call()
    except Misconfigured as error:
        message = _("The API user's role in Marketo lacks the permission “%s”.") % permission
        return Finding("permissions", message, error.code)
    except Permanent as error:
        message = _("Marketo refuses what “%(permission)s” stands for (%(code)s: %(words)s).") % {
            "permission": permission,
            "code": error.code,
            "words": error.message,
        }
        return Finding("permissions", message, error.code)
    except SyncError as error:
        return Finding("base_url", error.message, error.code)
    return None
