"""What can be done with the ticked emails of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from activities.emails import services
from activities.emails.folders import Folder
from activities.emails.models import Email


class BulkAction(NamedTuple):
    name: str
    label: str | Promise
    icon: str
    folders: frozenset[str]
    service: Callable[..., Email]
    words: Promise
    undo: str = ""

    def told(self, count: int) -> str:
        return str(self.words % {"count": count})

    def undo_of(self, pks: Sequence[int]) -> str:
        """The address that brings these back; empty for what cannot be undone in one step."""
        query = urlencode({"email": pks}, doseq=True)
        return f"{reverse(self.undo)}?{query}" if self.undo and pks else ""


_UNDELIVERED = frozenset({"failed", "bounced", "spam"})

ACTIONS = {
    action.name: action
    for action in (
        BulkAction(
            "archive",
            _("Archive"),
            "archive",
            frozenset({"delivered"}),
            services.archive,
            ngettext_lazy("%(count)d email archived.", "%(count)d emails archived.", "count"),
        ),
        BulkAction(
            "unarchive",
            _("Unarchive"),
            "archive-off",
            frozenset({"archived"}),
            services.unarchive,
            ngettext_lazy("%(count)d email moved back.", "%(count)d emails moved back.", "count"),
        ),
        BulkAction(
            "retry",
            _("Send again"),
            "refresh",
            _UNDELIVERED,
            services.retry,
            ngettext_lazy(
                "%(count)d email is on its way again.",
                "%(count)d emails are on their way again.",
                "count",
            ),
        ),
        BulkAction(
            "unschedule",
            _("Cancel schedule"),
            "player-pause",
            frozenset({"scheduled"}),
            services.unschedule,
            ngettext_lazy(
                "%(count)d email is a draft again.", "%(count)d emails are drafts again.", "count"
            ),
        ),
        BulkAction(
            "delete",
            _("Delete"),
            "trash",
            _UNDELIVERED | {"archived", "draft", "scheduled", "cancelled"},
            services.delete,
            ngettext_lazy("%(count)d email deleted.", "%(count)d emails deleted.", "count"),
            undo="emails:undelete",
        ),
    )
}


def actions_of(folder: Folder) -> list[BulkAction]:
    return [action for action in ACTIONS.values() if folder.name in action.folders]
