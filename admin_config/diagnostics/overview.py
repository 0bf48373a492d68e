"""How it stands with each destination: connection, what keeps it waiting, numbers, hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from admin_config.diagnostics.delivery_chart import NARROW, DeliveryChart, delivery_chart
from syncing.delivery.holds import hold_of
from syncing.delivery.models import Delivery, Destination, MarketoActivityLog
from syncing.delivery.selectors import Tally, settled_by_hour, tally
from syncing.models import MarketoConnection
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import main_connection
from syncing.selectors import get_connection
from syncing.task_logging.selectors import why_nothing_moves

PAGES = {Destination.MARKETO: "settings:marketo", Destination.SALESFORCE: "settings:salesforce"}


@dataclass(frozen=True)
class Standing:
    """How it stands with one destination."""

    destination: Destination
    connection: MarketoConnection | SalesforceConnection | None
    # Why nothing moves although something waits.
    hold: str
    numbers: Tally
    oldest_waiting: datetime | None
    chart: DeliveryChart

    @property
    def url(self) -> str:
        return reverse(PAGES[self.destination])

    @property
    def state(self) -> str | Promise:
        return self.connection.get_state_display() if self.connection else _("Not connected")

    @property
    def is_working(self) -> bool:
        return self.connection is not None and self.connection.state == "CONNECTED"


def standings(*, now: datetime) -> list[Standing]:
    marketo = get_connection()
    return [
        _standing(Destination.MARKETO, marketo, _hold_of_marketo(marketo, now=now), now=now),
        _standing(Destination.SALESFORCE, main_connection(), why_nothing_moves(now=now), now=now),
    ]


def _standing(
    destination: Destination,
    connection: MarketoConnection | SalesforceConnection | None,
    hold: str,
    *,
    now: datetime,
) -> Standing:
    numbers = tally(destination)
    return Standing(
        destination=destination,
        connection=connection,
        hold=hold if numbers.waiting else "",
        numbers=numbers,
        oldest_waiting=_oldest_waiting(destination),
        chart=delivery_chart(settled_by_hour(destination, now=now), width=NARROW),
    )


def _hold_of_marketo(marketo: MarketoConnection | None, *, now: datetime) -> str:
    hold = hold_of(MarketoActivityLog.load(), marketo, now=now)
    return hold.reason if hold else ""


def _oldest_waiting(destination: Destination) -> datetime | None:
    waiting = Delivery.objects.filter(destination=destination, state__in=Delivery.WAITING_STATES)
    oldest: datetime | None = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return oldest
