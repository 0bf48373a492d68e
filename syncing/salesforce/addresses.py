"""The two addresses of an org: where one signs in, and where its API is."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from syncing.errors import Misconfigured
from syncing.marketo.credentials import names_loopback

PRODUCTION_LOGIN = "https://login.salesforce.com"
SANDBOX_LOGIN = "https://test.salesforce.com"
# They sign in everybody, but give no app a token of its own.
SHARED_LOGINS = {PRODUCTION_LOGIN, SANDBOX_LOGIN}


def origin_of(address: str, *, setting: str) -> str:
    """Scheme, host and port of an address; raises Misconfigured(setting) for what may not be used.

    Only this very machine is spoken to without encryption.
    """
    parts = _split(address.strip(), setting)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and names_loopback(host)):
        raise Misconfigured("The address must start with https://.", setting=setting)
    if not host or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise Misconfigured(
            "The address should look like https://acme.my.salesforce.com.", setting=setting
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _split(address: str, setting: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - a port out of range shows only when it is read
    except ValueError:
        raise Misconfigured("This is not a web address.", setting=setting) from None
    return parts
