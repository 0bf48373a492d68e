"""The mailbox of a channel, opened as safely as its way out."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, MailboxFolderSelectError, MailboxLoginError

from activities.emails.models import DeliveryChannel
from activities.emails.network import open_socket

Security = DeliveryChannel.Security

TIMEOUT_SECONDS = 30.0


class ImapFailure(Exception):
    """The mailbox cannot be opened; the text says why."""


class ImapRefused(ImapFailure):
    """Nor will it open by itself: somebody has to change the settings."""


class _PinnedIMAP4(imaplib.IMAP4):
    """Connects to the address that was looked up and found harmless; TLS verifies the name."""

    def __init__(self, channel: DeliveryChannel, *, may_be_private: bool) -> None:
        self._security = channel.imap_security
        self._may_be_private = may_be_private
        super().__init__(channel.imap_host, channel.imap_port)
        if self._security == Security.STARTTLS:
            self.starttls(ssl.create_default_context())

    def _create_socket(self, timeout: float | None) -> socket.socket:
        opened = open_socket(
            self.host,
            self.port,
            timeout=TIMEOUT_SECONDS,
            may_be_private=self._may_be_private,
            loopback_only=self._security == Security.NONE,
        )
        if self._security != Security.TLS:
            return opened
        return ssl.create_default_context().wrap_socket(opened, server_hostname=self.host)


class Mailbox(BaseMailBox):
    """imap-tools' mailbox over such a connection."""

    def __init__(self, channel: DeliveryChannel, *, may_be_private: bool) -> None:
        self._channel = channel
        self._may_be_private = may_be_private
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _PinnedIMAP4(self._channel, may_be_private=self._may_be_private)


def open_mailbox(channel: DeliveryChannel, *, may_be_private: bool) -> Mailbox:
    """Signed in, with the channel's folder selected. Raises ImapFailure in words."""
    folder = channel.imap_folder
    try:
        mailbox = Mailbox(channel, may_be_private=may_be_private)
        with _closed_on_failure(mailbox.client):
            mailbox.login(channel.imap_user, channel.imap_password, initial_folder=folder)
    except MailboxLoginError as error:
        raise ImapRefused(
            _answer(_("The mailbox refused the user or the password"), error)
        ) from error
    except MailboxFolderSelectError as error:
        words = _("There is no folder %(folder)s in the mailbox") % {"folder": folder}
        raise ImapRefused(_answer(words, error)) from error
    except ssl.SSLCertVerificationError as error:
        words = _("The mailbox server's certificate is not valid: %(reason)s")
        raise ImapRefused(words % {"reason": error.verify_message}) from error
    except (imaplib.IMAP4.error, OSError) as error:
        words = _("The mailbox server cannot be reached: %(reason)s")
        raise ImapFailure(words % {"reason": error}) from error
    return mailbox


@contextmanager
def _closed_on_failure(client: imaplib.IMAP4) -> Iterator[None]:
    try:
        yield
    except Exception:
        client.shutdown()
        raise


def _answer(words: str, error: Any) -> str:
    said = error.command_result[1]
    text = b" ".join(part for part in said if isinstance(part, bytes)).decode("utf-8", "replace")
    return f"{words}: {text}" if text else f"{words}."
