"""Which Marketo instance, and as whom."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from syncing.errors import Misconfigured

# Translators between IPv6 and IPv4 answer here: the last four bytes are the IPv4 address
# (RFC 6052), or whatever a network's owner decided (RFC 8215).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_TRANSLATED_LOCALLY = ipaddress.ip_network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A custom service's client id and secret, and the instance they open.

    `base_url` may carry the `/rest` that Marketo's own page shows; it is kept without.
    Raises Misconfigured("base_url") unless it is https, or any scheme on this very machine.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _normalised(self.base_url))


def names_loopback(host: str) -> bool:
    """Whether the host, as it is written, is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_connect(host: str, address: str) -> bool:
    """Whether `host` may be reached at `address`.

    A name from a settings page must not lead into the private network or to a cloud's
    metadata service; only a host written as loopback may be loopback.
    """
    ip = _destination(address)
    if names_loopback(host):
        return ip.is_loopback
    return ip.is_global and not ip.is_multicast and ip not in _TRANSLATED_LOCALLY


def _destination(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Where an address leads in the end: some of IPv6 stand for one of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip


def _normalised(base_url: str) -> str:
    parts = _split(base_url.strip())
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and names_loopback(host)):
        raise Misconfigured("The base URL must start with https://.", setting="base_url")
    if not host or parts.username or parts.query or parts.fragment:
        raise Misconfigured(
            "The base URL should look like https://123-ABC-456.mktorest.com.", setting="base_url"
        )
    if parts.path.rstrip("/") not in {"", "/rest"}:
        raise Misconfigured("The base URL should end in /rest or in nothing.", setting="base_url")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a port out of range shows only when it is read
    except ValueError:
        raise Misconfigured("The base URL is not a web address.", setting="base_url") from None
    return parts
