"""What the frame of every page shows."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from activities.calls.selectors import calls_in_progress
from admin_config.salesforce.notices import lost_for
from syncing.selectors import sync_status


class NavItem(NamedTuple):
    url: str
    label: str | Promise
    icon: str
    is_current: bool


FOR_ALL = (
    ("settings:profile", _("My profile"), "user"),
    ("settings:my-email", _("My email"), "mail"),
    ("settings:my-salesforce", _("My Salesforce"), "plug"),
)
FOR_ADMINS = (
    ("settings:marketo", _("Marketo"), "plug"),
    ("settings:salesforce", _("Salesforce"), "cloud-download"),
    ("settings:email", _("Email"), "send"),
    ("settings:unsubscribes", _("Unsubscribes"), "x"),
    ("settings:tracking", _("Tracking"), "eye"),
    ("settings:calls", _("Calls"), "phone"),
    ("settings:users", _("Users"), "users"),
    ("settings:sign-in", _("Sign-in"), "lock"),
    ("settings:teams", _("Teams"), "users-group"),
    ("settings:webhooks", _("Webhooks"), "share"),
    ("settings:diagnostics", _("Diagnostics"), "activity"),
    ("settings:audit-log", _("Audit log"), "history"),
)


def workspace(request: HttpRequest) -> dict[str, Any]:
    return {
        "section": "settings",
        "settings_nav": _settings_nav(request),
        "sync_status": SimpleLazyObject(lambda: sync_status(timezone.now())),
        "lost": SimpleLazyObject(lambda: lost_for(request.user)),
        "call_in_progress": SimpleLazyObject(lambda: calls_in_progress(user=request.user).first()),
    }


def _settings_nav(request: HttpRequest) -> list[NavItem]:
    is_admin = request.user.is_authenticated and request.user.is_admin
    return [
        NavItem(reverse(url_name), label, icon, request.path.startswith(reverse(url_name)))
        for url_name, label, icon in (*FOR_ALL, *(FOR_ADMINS if is_admin else ()))
    ]
