"""Email addresses: which are any good, and how they look to servers without Unicode."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from people.errors import Refused

# RFC 5321 4.5.3.1.
MAX_LOCAL = 64
MAX_ADDRESS = 254
# Everybody in Cc and Bcc together; more is a mailing, which the daily limit is about.
MAX_COPIES = 25

_LOCAL = re.compile(r"""[^\s\x00-\x20\x7f()<>\[\]:;@\\,"]+""")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether mail could be sent there: `local@domain.tld`, in any script."""
    local, at, domain = text.rpartition("@")
    if not at or len(local.encode()) > MAX_LOCAL or not _LOCAL.fullmatch(local):
        return False
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    try:
        labels = ascii_domain(domain).split(".")
    except UnicodeError:
        return False
    is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return is_domain and len(text.encode()) <= MAX_ADDRESS


def ascii_domain(domain: str) -> str:
    """`bücher.example` as `xn--bcher-kva.example`. Raises UnicodeError for what is no domain."""
    return domain.encode("idna").decode("ascii").lower()


def for_envelope(address: str) -> str:
    """The address with its domain in ASCII; only the local part may need SMTPUTF8 then."""
    local, _at, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def domain_of(address: str) -> str:
    return ascii_domain(address.rpartition("@")[2])


def checked_copies(*, cc: Iterable[str], bcc: Iterable[str]) -> tuple[list[str], list[str]]:
    """Cc and Bcc without repetitions. Raises Refused that names what is no address."""
    seen: set[str] = set()
    kept: tuple[list[str], list[str]] = ([], [])
    for addresses, into in ((cc, kept[0]), (bcc, kept[1])):
        for address in (text.strip() for text in addresses):
            if not is_address(address):
                raise Refused(_("“%(text)s” is not an email address.") % {"text": address})
            if address.lower() not in seen:
                into.append(address)
                seen.add(address.lower())
    if len(seen) > MAX_COPIES:
        raise Refused(_("At most %(limit)d people in Cc and Bcc.") % {"limit": MAX_COPIES})
    return kept
