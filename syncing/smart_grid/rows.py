"""The rows of the grid, and what goes into each: kinds of our own log, types of Marketo's."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import Activity

Kind = Activity.Kind


class Row(NamedTuple):
    """`icon` is a name of the sprite."""

    name: str
    label: str | Promise
    icon: str
    kinds: tuple[Kind, ...] = ()


class MarketoType(NamedTuple):
    """A native activity type, and how it reads.

    `%(name)s` is the value of its primary attribute, the others are attributes.
    """

    row: str
    icon: str
    sentence: str | Promise


ROWS = (
    Row("moments", _("Interesting moments"), "star"),
    Row("marketing", _("Marketing emails"), "mail"),
    Row("web", _("Web visits"), "world"),
    Row(
        "emails",
        _("Sales emails"),
        "send",
        (
            Kind.EMAIL_SENT,
            Kind.EMAIL_OPENED,
            Kind.EMAIL_CLICKED,
            Kind.EMAIL_REPLIED,
            Kind.EMAIL_BOUNCED,
        ),
    ),
    Row("calls", _("Calls"), "phone", (Kind.CALL_RECEIVED,)),
    Row("campaigns", _("Campaigns"), "route", (Kind.CAMPAIGN_ADDED, Kind.CAMPAIGN_REMOVED)),
)
ROW_NAMES = frozenset(row.name for row in ROWS)
ROW_OF_KIND = {kind: row.name for row in ROWS for kind in row.kinds}

INTERESTING_MOMENT = 46
# One call takes ten. Deliveries (7) are left out, for sends tell the same; so are sales emails
# of Marketo's own, for what sellers did is in our log.
MARKETO_TYPES = {
    1: MarketoType("web", "world", _("Visited %(name)s")),
    2: MarketoType("web", "forms", _("Filled out “%(name)s”")),
    3: MarketoType("web", "pointer", _("Clicked %(name)s on the web site")),
    6: MarketoType("marketing", "mail", _("Was sent “%(name)s”")),
    8: MarketoType("marketing", "alert-triangle", _("“%(name)s” bounced")),
    9: MarketoType("marketing", "mail-off", _("Unsubscribed by “%(name)s”")),
    10: MarketoType("marketing", "eye", _("Opened “%(name)s”")),
    11: MarketoType("marketing", "pointer", _("Clicked a link in “%(name)s”")),
    27: MarketoType("marketing", "alert-triangle", _("“%(name)s” bounced for now")),
    INTERESTING_MOMENT: MarketoType("moments", "star", _("%(name)s")),
}
BOT = "Is Bot Activity"
PAGE, LINK, REASON = "Webpage URL", "Link", "Details"
MOMENT_TYPE, MOMENT = "Type", "Description"
KEPT_ATTRIBUTES = (PAGE, LINK, REASON, MOMENT_TYPE, MOMENT)
