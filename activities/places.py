"""Pages in this workspace about what an activity is about; each feature adds its own when ready."""

from __future__ import annotations

from django.urls import reverse

from activities.models import Activity

# By `about_type`: the name of the address that takes `about_id`.
place_names: dict[str, str] = {}


def place_of(activity: Activity) -> str:
    """Where to look it up; nothing for what has no page."""
    name = place_names.get(activity.about_type)
    return reverse(name, args=[activity.about_id]) if name else ""
