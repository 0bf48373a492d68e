"""What the page of diagnostics shows besides the failures: connections, numbers, hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from admin_config.diagnostics.delivery_chart import DeliveryChart, delivery_chart
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.selectors import Tally, settled_by_hour, tally
from syncing.models import MarketoConnection
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import main_connection
from syncing.selectors import get_connection

PAGES = {Destination.MARKETO: "settings:marketo", Destination.SALESFORCE: "settings:salesforce"}


@dataclass(frozen=True)
class Standing:
    """How it stands with one destination."""

    destination: Destination
    connection: MarketoConnection | SalesforceConnection | None
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
    connections: dict[Destination, MarketoConnection | SalesforceConnection | None] = {
        Destination.MARKETO: get_connection(),
        Destination.SALESFORCE: main_connection(),
    }
    return [
        Standing(
            destination=destination,
            connection=connection,
            numbers=tally(destination),
            oldest_waiting=_oldest_waiting(destination),
            chart=delivery_chart(settled_by_hour(destination, now=now)),
        )
        for destination, connection in connections.items()
    ]


def _oldest_waiting(destination: Destination) -> datetime | None:
    waiting = Delivery.objects.filter(destination=destination, state__in=Delivery.WAITING_STATES)
    oldest: datetime | None = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return oldest
