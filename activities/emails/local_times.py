"""A day and a time as a seller types them, as a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext as _

from people.errors import Refused

FURTHEST = timedelta(days=366)


def moment_of(*, day: str, clock: str, now: datetime) -> datetime:
    """The moment in the time zone that is active, the user's.

    An hour that comes twice when clocks go back means its first time. Raises Refused for what is no
    time, for an hour that is left out when clocks go forward, for the past, and for what is more
    than a year away.
    """
    zone = timezone.get_current_timezone()
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(_("Choose a day and a time.")) from error
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise Refused(
            _("%(time)s does not exist on %(day)s: clocks go forward. Choose another time.")
            % {"time": format_date(local, "TIME_FORMAT"), "day": format_date(local, "DATE_FORMAT")}
        )
    if moment <= now:
        raise Refused(_("This time has passed already. Choose a later one, or send now."))
    if moment > now + FURTHEST:
        raise Refused(_("This is more than a year away. Choose an earlier day."))
    return moment
