"""Connections to mail servers that users name: only where users may lead this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from django.utils.translation import gettext as _


class UnknownHost(OSError):
    """No address for this name right now."""


class ForbiddenHost(OSError):
    """An address inside our own network, which not everybody may reach from here."""


def open_socket(
    host: str, port: int, *, timeout: float, may_be_private: bool, loopback_only: bool = False
) -> socket.socket:
    """Connect to a host whose name is looked up once, here, so that it cannot change its mind.

    `loopback_only` is for servers that are spoken to without encryption. Raises UnknownHost,
    ForbiddenHost, or another OSError when nobody answers.
    """
    allowed = [
        address
        for address in _addresses(host, port)
        if _is_allowed(address, may_be_private=may_be_private, loopback_only=loopback_only)
    ]
    if not allowed:
        raise ForbiddenHost(_forbidden(host, loopback_only=loopback_only))
    return _connect(allowed, port, timeout)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise UnknownHost(_("There is no server named %(host)s.") % {"host": host}) from error
    return [str(address[0]) for *_kind, address in found]


def _is_allowed(address: str, *, may_be_private: bool, loopback_only: bool) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if loopback_only and not ip.is_loopback:
        return False
    return may_be_private or (ip.is_global and not ip.is_multicast)


def _forbidden(host: str, *, loopback_only: bool) -> str:
    if loopback_only:
        return _("%(host)s is another machine: choose TLS or STARTTLS.") % {"host": host}
    return _("%(host)s is inside our own network. Ask an admin.") % {"host": host}


def _connect(addresses: Iterable[str], port: int, timeout: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as error:
            failure = error
    raise failure
