"""What the Marketo page shows of a connection."""

from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_config.access import SignedInRequest, View
from admin_config.marketo.forms import OptionsForm
from admin_config.marketo.progress import RunProgress
from admin_config.marketo.usage_chart import usage_chart
from syncing.connections import is_sandbox
from syncing.delivery.models import MarketoActivityLog
from syncing.delivery.selectors import parked
from syncing.marketo.central_time import marketo_day
from syncing.models import MarketoConnection, SyncRun
from syncing.selectors import get_connection, is_behind, recent_runs, usage_last_7_days

POLL_BUSY_SECONDS = 2
POLL_IDLE_SECONDS = 15
SHOWN_RUNS = 20
AT_IT = (SyncRun.State.RUNNING, SyncRun.State.WAITING)
# A look for changes that found none: there is one a minute.
IDLE = Q(
    kind=SyncRun.Kind.INCREMENTAL,
    state=SyncRun.State.SUCCEEDED,
    read=0,
    removed=0,
    problem_count=0,
)


def connection_required(view: View) -> View:
    """Hand the view the connection; without one, lead to where it is made."""

    @wraps(view)
    def connected(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        connection = get_connection()
        if connection is None:
            messages.warning(request, _("Connect Marketo first."))
            return redirect("settings:marketo")
        return view(request, connection, *args, **kwargs)

    return connected


def overview(
    connection: MarketoConnection, now: datetime, *, with_idle_runs: bool
) -> dict[str, Any]:
    address = reverse("syncing:marketo-webhook", args=[connection.webhook_secret])
    return {
        **field_sync(connection, now, with_idle_runs=with_idle_runs),
        "is_sandbox": is_sandbox(connection),
        "log": MarketoActivityLog.load(),
        "parked": parked().count(),
        "usage": usage_chart(
            days=usage_last_7_days(), cap=connection.daily_call_cap, today=marketo_day(now).date
        ),
        "options_form": OptionsForm(instance=connection),
        "webhook_url": settings.PUBLIC_URL + address,
    }


def setback() -> SyncRun | None:
    """The run whose last try went wrong and that is tried again by itself."""
    return recent_runs().filter(state__in=AT_IT).exclude(error="").first()


def shows_idle_runs(request: SignedInRequest) -> bool:
    return request.GET.get("runs") == "all"


def field_sync(
    connection: MarketoConnection, now: datetime, *, with_idle_runs: bool
) -> dict[str, Any]:
    """What is shown of the sync and changes by itself: the card, and the last runs.

    The card has the full run that is open, or the last one if it went wrong.
    """
    full_runs = recent_runs().exclude(kind=SyncRun.Kind.INCREMENTAL)
    last = full_runs.first()
    run = last if last and last.is_open else None
    return {
        "connection": connection,
        "is_behind": is_behind(connection, now=now),
        "runs": (recent_runs() if with_idle_runs else recent_runs().exclude(IDLE))[:SHOWN_RUNS],
        "with_idle_runs": with_idle_runs,
        "run": run,
        "progress": RunProgress(run) if run else None,
        "setback": setback(),
        "failed_run": last if last and last.state == SyncRun.State.FAILED else None,
        "finished_run": full_runs.filter(state=SyncRun.State.SUCCEEDED).first(),
        "poll_seconds": POLL_BUSY_SECONDS if run else POLL_IDLE_SECONDS,
    }
