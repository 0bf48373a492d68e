"""One SMTP connection of a delivery channel, and what became of each message, without doubt.

The conversation is spoken command by command, for what matters is where it broke off: before the
text of the message was on its way nothing was sent; after it, nobody knows until the server says.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.emails.models import DeliveryChannel
from activities.emails.network import ForbiddenHost, UnknownHost, open_socket

Security = DeliveryChannel.Security

# For a connection and the answer to a command; scanners take longer over the whole message, and
# giving up on them too soon leaves an email uncertain.
COMMAND_SECONDS = 30.0
ANSWER_SECONDS = 300.0

START_INPUT = 354
SERVICE_CLOSING = 421
# The server wants a sign-in or encryption first.
NOT_SIGNED_IN = {530, 534, 535, 538}
REFUSED = 400
PERMANENT = 500
_LINE_START_DOT = re.compile(rb"(?m)^\.")


class Blame(Enum):
    """What a failure is about, hence who has to wait or stop."""

    # This message or its recipient.
    MESSAGE = auto()
    # The server or the way to it: nothing goes out by this channel for now.
    SERVER = auto()
    # The channel's settings: a person has to mend them.
    SETTINGS = auto()


class SmtpFailure(Exception):
    """Nothing was sent. `is_permanent`: trying again brings the same answer."""

    def __init__(self, message: str, *, blame: Blame, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.blame = blame
        self.is_permanent = is_permanent


class Unclear(Exception):
    """The connection ended when the server may have had the message."""


@dataclass(frozen=True)
class Envelope:
    """Who the server is told it is from and to; `recipients` starts with the one in To."""

    sender: str
    recipients: Sequence[str]


class _PinnedSMTP(smtplib.SMTP):
    """Connects to the address that was looked up and found harmless; TLS verifies the name."""

    def __init__(self, channel: DeliveryChannel, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        self._security = channel.smtp_security
        super().__init__()
        self.connect_to(channel.smtp_host, channel.smtp_port)

    def connect_to(self, host: str, port: int) -> None:
        self._host = host
        code, text = self.connect(host, port)
        if code != 220:  # noqa: PLR2004 SMTP's own number for "ready"
            raise smtplib.SMTPConnectError(code, text)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = open_socket(
            host,
            port,
            timeout=COMMAND_SECONDS,
            may_be_private=self._may_be_private,
            loopback_only=self._security == Security.NONE,
        )
        if self._security != Security.TLS:
            return opened
        return ssl.create_default_context().wrap_socket(opened, server_hostname=host)


class SmtpConnection:
    """An open, signed-in connection. Raises SmtpFailure when it cannot be had."""

    def __init__(self, channel: DeliveryChannel, *, may_be_private: bool) -> None:
        try:
            self._server = _signed_in(channel, may_be_private=may_be_private)
        except (smtplib.SMTPException, OSError) as error:
            raise _connection_failure(error) from error

    def is_alive(self) -> bool:
        """Ask with NOOP whether the server still listens."""
        try:
            return self._server.noop()[0] < 400  # noqa: PLR2004 SMTP's first number of refusals
        except (smtplib.SMTPException, OSError):
            return False

    def close(self) -> None:
        try:
            self._server.quit()
        except (smtplib.SMTPException, OSError):
            self._server.close()

    def send(self, envelope: Envelope, message: bytes) -> dict[str, str]:
        """Send a message; return who in Cc and Bcc was refused for good, with the answer.

        Raises SmtpFailure when nothing was sent, Unclear when nobody knows.
        """
        try:
            refused = self._introduce(envelope, message)
            self._check(*self._server.docmd("DATA"), is_data=True)
        except (smtplib.SMTPException, OSError) as error:
            self._server.close()
            raise _connection_failure(error) from error
        code, text = self._transmit(message)
        if code >= REFUSED:
            raise _answered(code, text)
        if not _is_consent(code):
            # No answer that SMTP knows; nor is what comes next from there.
            self._server.close()
            raise Unclear(_spoken(code, text))
        return refused

    def _introduce(self, envelope: Envelope, message: bytes) -> dict[str, str]:
        options = self._options(envelope, message)
        self._check(*self._server.mail(envelope.sender, options))
        refused: dict[str, str] = {}
        for place, recipient in enumerate(envelope.recipients):
            code, text = self._server.rcpt(recipient)
            if code >= PERMANENT and place > 0:
                refused[recipient] = _spoken(code, text)
            else:
                self._check(code, text)
        return refused

    def _options(self, envelope: Envelope, message: bytes) -> list[str]:
        options = []
        if self._server.has_extn("size"):
            limit = self._server.esmtp_features["size"]
            if limit.isdecimal() and 0 < int(limit) < len(message):
                words = _("The mail server takes at most %(limit)s bytes.") % {"limit": limit}
                raise SmtpFailure(str(words), blame=Blame.MESSAGE, is_permanent=True)
            options.append(f"SIZE={len(message)}")
        if not all(address.isascii() for address in (envelope.sender, *envelope.recipients)):
            if not self._server.has_extn("smtputf8"):
                words = str(_("The mail server takes no addresses with international characters."))
                raise SmtpFailure(str(words), blame=Blame.MESSAGE, is_permanent=True)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            self._server.command_encoding = "utf-8"
        return options

    def _check(self, code: int, text: bytes, *, is_data: bool = False) -> None:
        """Raise SmtpFailure for a refusal, with the connection ready for the next message."""
        if code == START_INPUT if is_data else _is_consent(code):
            return
        failure = _answered(code, text)
        if failure.blame is Blame.MESSAGE:
            self._server.rset()
        raise failure

    def _transmit(self, message: bytes) -> tuple[int, bytes]:
        """From here on the server may have it."""
        text = _LINE_START_DOT.sub(b"..", message)
        end = b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            self._wait_for(ANSWER_SECONDS)
            self._server.send(text + end)
            answer = self._server.getreply()
            self._wait_for(COMMAND_SECONDS)
        except (smtplib.SMTPException, OSError) as error:
            self._server.close()
            raise Unclear(str(error) or type(error).__name__) from error
        return answer

    def _wait_for(self, seconds: float) -> None:
        if self._server.sock is not None:
            self._server.sock.settimeout(seconds)


def _signed_in(channel: DeliveryChannel, *, may_be_private: bool) -> smtplib.SMTP:
    server = _PinnedSMTP(channel, may_be_private=may_be_private)
    try:
        server.ehlo_or_helo_if_needed()
        if channel.smtp_security == Security.STARTTLS:
            server.starttls(context=ssl.create_default_context())
        if channel.smtp_user:
            server.login(channel.smtp_user, channel.smtp_password)
    except (smtplib.SMTPException, OSError):
        server.close()
        raise
    return server


# What may go wrong before a message is on its way; the first that fits.
_MISHAPS: tuple[tuple[type[Exception], str | Promise, Blame], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        _("The mail server refused the user or the password: %(reason)s"),
        Blame.SETTINGS,
    ),
    (
        smtplib.SMTPResponseException,
        _("The mail server answered: %(reason)s"),
        Blame.SETTINGS,
    ),
    (
        smtplib.SMTPNotSupportedError,
        _("The mail server lacks what these settings need: %(reason)s"),
        Blame.SETTINGS,
    ),
    (
        ssl.SSLCertVerificationError,
        _("The mail server's certificate is not valid: %(reason)s"),
        Blame.SETTINGS,
    ),
    (
        ssl.SSLError,
        _("The mail server doesn't speak TLS on this port: %(reason)s"),
        Blame.SETTINGS,
    ),
    (ForbiddenHost, "%(reason)s", Blame.SETTINGS),
    (UnknownHost, "%(reason)s", Blame.SERVER),
    (TimeoutError, _("The mail server didn't answer in time."), Blame.SERVER),
    (
        ConnectionRefusedError,
        _("Nothing listens on this port of the mail server."),
        Blame.SERVER,
    ),
    (Exception, _("The connection to the mail server broke: %(reason)s"), Blame.SERVER),
)


def _connection_failure(error: smtplib.SMTPException | OSError) -> SmtpFailure:
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        error = error.__context__
    words, blame = next(
        (words, blame) for kind, words, blame in _MISHAPS if isinstance(error, kind)
    )
    reason = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
    if isinstance(error, smtplib.SMTPResponseException):
        reason = _spoken(error.smtp_code, error.smtp_error)
        # Refused for now is the server's matter, for good that of the settings.
        blame = blame if error.smtp_code >= PERMANENT else Blame.SERVER
    return SmtpFailure(str(words) % {"reason": reason}, blame=blame)


def _is_consent(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 SMTP's own numbers


def _answered(code: int, text: bytes) -> SmtpFailure:
    blame = Blame.MESSAGE
    if code == SERVICE_CLOSING:
        blame = Blame.SERVER
    elif code in NOT_SIGNED_IN:
        blame = Blame.SETTINGS
    return SmtpFailure(_spoken(code, text), blame=blame, is_permanent=code >= PERMANENT)


def _spoken(code: int, text: Any) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {' '.join(said.split())}"[:500]
