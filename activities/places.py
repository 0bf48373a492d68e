"""Pages in this workspace about what an activity is about; each feature adds its own when ready."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import reverse

from activities.models import Activity


class Place(NamedTuple):
    """`url_name` takes `about_id`; a private place opens for its seller and for admins only."""

    url_name: str
    is_private: bool


# By `about_type`.
places: dict[str, Place] = {}


def panel_of(activity: Activity, *, user: Any) -> str:
    """The address of its panel; empty for what has none, or none for this user."""
    place = places.get(activity.about_type)
    if place is None:
        return ""
    if place.is_private and not (user.is_admin or activity.actor_id == user.pk):
        return ""
    return reverse(place.url_name, args=[activity.about_id])
