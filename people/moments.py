"""Moments that come from outside, in the form that everything inside takes."""

from datetime import UTC, datetime

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. PostgreSQL refuses offsets from 16 hours on, ISO 8601 has them."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # an offset that leads out of the years 1 to 9999
        return EARLIEST if moment.year == 1 else LATEST
