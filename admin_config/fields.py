"""Form fields several settings pages use."""

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    """UTC and the places of the tz database, without its old aliases such as EST5EDT."""
    places = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class TimeZoneField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Time zone"), choices=time_zone_choices, **kwargs)


class SecretField(forms.CharField):
    """A secret: typed or pasted, never shown again."""

    widget = forms.PasswordInput(attrs={"autocomplete": "off"})


class RichText(forms.Textarea):
    """HTML written in the editor of emails."""
