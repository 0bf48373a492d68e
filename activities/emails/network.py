"""Connections to mail servers that users name: only where users may lead this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

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
    addresses = _addresses(host, port)
    if loopback_only:
        addresses = [address for address in addresses if _ip(address).is_loopback]
        if not addresses:
            words = _("%(host)s is another machine: choose TLS or STARTTLS.")
            raise ForbiddenHost(words % {"host": host})
    if not may_be_private:
        addresses = [address for address in addresses if _is_public(_ip(address))]
        if not addresses:
            words = _("%(host)s is inside our own network. Ask an admin.")
            raise ForbiddenHost(words % {"host": host})
    return _connect(addresses, port, timeout)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise UnknownHost(_("There is no server named %(host)s.") % {"host": host}) from error
    return [str(address[0]) for *_kind, address in found]


def _ip(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast


def _connect(addresses: Iterable[str], port: int, timeout: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as error:
            failure = error
    raise failure
