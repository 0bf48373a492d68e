"""Activities that Salesforce refuses, or that wait for a reason, in the diagnostics."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from syncing.delivery.findings import activities_of
from syncing.delivery.models import Destination
from syncing.diagnostics.sources import register
from syncing.task_logging.enqueue import nudge

register(activities_of(Destination.SALESFORCE, _("Activities in Salesforce"), nudge=nudge))
