"""Whether the tracking address really leads here: what an admin sees before readers do."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import reverse
from django.utils.translation import gettext as _

from activities.emails.channels import ChannelReport
from activities.emails.network import open_socket

# For one read or write, and for everything together.
TIMEOUT = 5.0
DEADLINE = 10.0
# The answer of the health page is shorter.
MAX_BYTES = 1_000


def is_answered_for(url: str) -> bool:
    """Whether this instance answers to the host of this address."""
    return validate_host(urlsplit(url).hostname or "", settings.ALLOWED_HOSTS)


def check_address(url: str) -> ChannelReport:
    """Fetch the health page there, as the readers' programs would. Redirects are not followed."""
    host = urlsplit(url).hostname or ""
    connection = _Connection(url)
    try:
        status, body = _fetched(connection)
    except ssl.SSLCertVerificationError as error:
        words = _("The certificate of %(host)s is not valid: %(reason)s")
        return _failure(words, host=host, reason=error.verify_message)
    except TimeoutError:
        return _failure(_("%(host)s did not answer in time."), host=host)
    except (OSError, http.client.HTTPException) as error:
        words = _("No answer from %(host)s: %(reason)s")
        return _failure(words, host=host, reason=str(error) or type(error).__name__)
    finally:
        connection.close()
    return _judged(status, body, host)


def _judged(status: int, body: bytes, host: str) -> ChannelReport:
    if status == http.HTTPStatus.BAD_REQUEST and not is_answered_for(f"//{host}"):
        return _failure(_("%(host)s leads here, but is not in ALLOWED_HOSTS."), host=host)
    if status != http.HTTPStatus.OK:
        words = _("%(host)s answered with status %(status)d. Does it lead to this workspace?")
        return _failure(words, host=host, status=status)
    if b'"status"' not in body:
        return _failure(_("Something else than this workspace answers at %(host)s."), host=host)
    return ChannelReport(is_ok=True, message=_("%(host)s leads here.") % {"host": host})


def _failure(words: str, **names: object) -> ChannelReport:
    return ChannelReport(is_ok=False, message=words % names)


class _Connection(http.client.HTTPConnection):
    """Admins alone name its host, which may be in our own network. TLS verifies the name."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._is_tls = address.scheme == "https"
        port = address.port or (443 if self._is_tls else 80)
        super().__init__(address.hostname or "", port, timeout=TIMEOUT)

    def connect(self) -> None:
        self.sock = open_socket(self.host, self.port, timeout=TIMEOUT, may_be_private=True)
        if self._is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                # Below TLS, for that is in use by who waits.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _fetched(connection: _Connection) -> tuple[int, bytes]:
    watchdog = threading.Timer(DEADLINE, connection.abort)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("GET", reverse("health"))
        response = connection.getresponse()
        return response.status, response.read(MAX_BYTES)
    finally:
        watchdog.cancel()
