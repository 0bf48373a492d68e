"""Return paths that name their email, so that a bounce is known by the address it comes back to."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from activities.emails.models import Email

# Short, for a local part has 64 characters; enough that nobody bounces somebody else's email.
SIGNATURE_LENGTH = 12
# Lower case throughout: some servers fold the case of a local part.
_RETURN_PATH = re.compile(r"\+b-([0-9a-z]{1,13})-([0-9a-f]{12})@", re.IGNORECASE)


def return_path(*, email: Email, mailbox: str) -> str:
    """The envelope sender of an email: the mailbox that is read for bounces, with a tag."""
    local, _, domain = mailbox.rpartition("@")
    number = int_to_base36(email.pk)
    return f"{local}+b-{number}-{_signature(number, settings.SECRET_KEY)}@{domain}"


def email_of(address: str) -> int | None:
    """The id of the email whose return path this is."""
    found = _RETURN_PATH.search(address)
    if found is None:
        return None
    number, signature = found[1].lower(), found[2].lower()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if any(constant_time_compare(signature, _signature(number, key)) for key in keys):
        return base36_to_int(number)
    return None


def _signature(number: str, key: str) -> str:
    salt = "activities.emails.tracking.verp"
    return salted_hmac(salt, number, secret=key, algorithm="sha256").hexdigest()[:SIGNATURE_LENGTH]
