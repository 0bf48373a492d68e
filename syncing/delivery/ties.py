"""Activities in Salesforce bind the workspace to its org."""

from __future__ import annotations

from syncing.delivery.models import Delivery, Destination
from syncing.salesforce_connections.ties import ties

State = Delivery.State

# What is being sent, or may have arrived, may lie there as well.
MAY_LIE_THERE = (State.DELIVERED, State.CLAIMED, State.UNCERTAIN)


def do_activities_lie_there() -> bool:
    in_salesforce = Delivery.objects.filter(destination=Destination.SALESFORCE)
    return in_salesforce.filter(state__in=MAY_LIE_THERE).exists()


ties.append(do_activities_lie_there)
