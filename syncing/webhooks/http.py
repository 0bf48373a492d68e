"""One POST to an address that an admin named, without being led into our own network."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from activities.emails.network import ForbiddenHost, UnknownHost, open_socket

# For one read or write, and for everything together.
TIMEOUT = 10.0
DEADLINE = 15.0


class Answer(NamedTuple):
    """The HTTP status, or in words why there is none."""

    status: int | None
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


class _Connection(http.client.HTTPConnection):
    """Its host is looked up once, by `open_socket`, which also says where it may not lead."""

    def __init__(self, host: str, port: int, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._is_tls = is_tls

    def connect(self) -> None:
        self.sock = open_socket(
            self.host,
            self.port,
            timeout=TIMEOUT,
            may_be_private=settings.WEBHOOK_PRIVATE_HOSTS_ALLOWED,
            loopback_only=not self._is_tls,
        )
        if self._is_tls:
            secure = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = secure
            secure.do_handshake()

    def abort(self) -> None:
        """Have whoever waits for this connection wait no more."""
        if self.sock is not None:
            with suppress(OSError):
                # Of the socket below TLS, for that of TLS itself is in use by who waits.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def post(*, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it once. Redirects are not followed: their address is not the one an admin named."""
    address = urlsplit(url)
    is_tls = address.scheme == "https"
    host, port = address.hostname or "", address.port or (443 if is_tls else 80)
    connection = _Connection(host, port, is_tls=is_tls)
    path = f"{address.path or '/'}{'?' if address.query else ''}{address.query}"
    try:
        return _exchange(connection, path, body, headers)
    except ForbiddenHost:
        return Answer(None, _("%(host)s is inside our own network.") % {"host": host})
    except UnknownHost as error:
        return Answer(None, str(error))
    except ssl.SSLError as error:
        reason = _("No secure connection to %(host)s: %(reason)s")
        return Answer(None, reason % {"host": host, "reason": error.reason or error})
    except TimeoutError:
        return Answer(None, _("%(host)s did not answer in time.") % {"host": host})
    except (OSError, http.client.HTTPException) as error:
        reason = _("No answer from %(host)s: %(reason)s")
        return Answer(None, reason % {"host": host, "reason": str(error) or type(error).__name__})
    finally:
        connection.close()


def _exchange(
    connection: _Connection, path: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """Only the status counts; the rest of the answer is not read."""
    watchdog = threading.Timer(DEADLINE, connection.abort)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.connect()
        connection.request("POST", path, body=body, headers=dict(headers))
        return Answer(connection.getresponse().status)
    finally:
        watchdog.cancel()
