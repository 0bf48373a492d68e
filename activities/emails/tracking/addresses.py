"""The public addresses that are written into emails. `base` is what `public_address` says."""

from __future__ import annotations

import re

from django.conf import settings
from django.urls import reverse

from activities.emails.models import Email, EmailFile, EmailLink, EmailSettings
from activities.emails.tracking.tokens import Kind, sign

# In a body: what leads to a page that is the reader's alone.
_READERS_PAGES = re.compile(r'(<a\b[^>]*\bhref=")[^"]*/t/[uf]/[^"]*(")', re.IGNORECASE)


def without_readers_pages(html: str) -> str:
    """The body for other eyes: nobody unsubscribes the reader, or views files in their place."""
    return _READERS_PAGES.sub(r"\1#\2", html)


def public_address(email_settings: EmailSettings | None = None) -> str:
    """Where this instance is reached from emails: the tracking domain, or the instance itself."""
    tracking_url: str = (email_settings or EmailSettings.load()).tracking_url
    return tracking_url.rstrip("/") or settings.PUBLIC_URL


def pixel_url(*, email: Email, base: str) -> str:
    return base + reverse("tracking:pixel", args=[sign(Kind.PIXEL, email.pk)])


def click_url(*, link: EmailLink, base: str) -> str:
    return base + reverse("tracking:click", args=[sign(Kind.CLICK, link.pk)])


def file_url(*, file: EmailFile, base: str) -> str:
    """The page that shows a tracked file, for a link in the body."""
    return base + reverse("tracking:file", args=[sign(Kind.FILE, file.pk)])


def unsubscribe_url(*, email: Email, base: str) -> str:
    """The page that asks whether and why, for a link in the body."""
    return base + reverse("tracking:unsubscribe", args=[sign(Kind.UNSUBSCRIBE, email.pk)])


def one_click_url(*, email: Email, base: str) -> str:
    """For List-Unsubscribe and List-Unsubscribe-Post (RFC 8058): a POST is enough."""
    return base + reverse("tracking:one-click", args=[sign(Kind.UNSUBSCRIBE, email.pk)])
