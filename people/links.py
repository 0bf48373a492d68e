"""Links from a person to the same record elsewhere.

Whoever knows an address adds a function to `record_links` when the apps are ready.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.functional import Promise

from people.models import Person


class RecordLink(NamedTuple):
    label: str | Promise
    url: str


record_links: list[Callable[[Person], RecordLink | None]] = []


def links_of(person: Person) -> list[RecordLink]:
    return [link for make in record_links if (link := make(person)) is not None]


def safe_linkedin_url(url: str) -> str:
    """The address if it is one of LinkedIn's pages, else nothing: it may hold anything."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    is_linkedin = host == "linkedin.com" or host.endswith(".linkedin.com")
    return parts.geturl() if parts.scheme in {"http", "https"} and is_linkedin else ""
