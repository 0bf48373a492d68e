"""Who makes bridged calls; without one, the seller's own phone does by `tel:` links."""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from activities.calls.providers.base import CallProvider
from activities.calls.providers.sandbox import SandboxProvider


def providers() -> dict[str, CallProvider]:
    """Those that are set up here, by name."""
    return {"sandbox": SandboxProvider()} if settings.SANDBOX_CALLS_URL else {}


def provider_choices() -> list[tuple[str, str | Promise]]:
    found = [(name, provider.label) for name, provider in providers().items()]
    return [("", _("The seller's own phone (tel: links)")), *found]
