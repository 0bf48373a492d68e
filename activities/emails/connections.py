"""The SMTP connections of one run: one a channel, opened when needed and kept while it is good."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from activities.emails.channels import may_be_private
from activities.emails.models import DeliveryChannel
from activities.emails.smtp import Blame, Envelope, SmtpConnection, SmtpFailure, Unclear

# Idle for longer, a connection is asked whether it is still there.
FRESH_SECONDS = 5.0


class Connections:
    """A context manager: the connections end with it."""

    def __init__(self) -> None:
        self._open: dict[int, SmtpConnection] = {}
        # When each was last used to send; a connection that never was is not in here.
        self._used_at: dict[int, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._open.values():
            connection.close()

    def open(self, channel: DeliveryChannel) -> None:
        """Have a connection at hand. Raises SmtpFailure when there is none to be had."""
        connection = self._open.get(channel.pk)
        if connection and self._is_idle(channel) and not connection.is_alive():
            self._drop(channel)
            connection = None
        if connection is None:
            trust = may_be_private(channel)
            self._open[channel.pk] = SmtpConnection(channel, may_be_private=trust)

    def send(self, channel: DeliveryChannel, envelope: Envelope, message: bytes) -> dict[str, str]:
        """As `SmtpConnection.send`, by the connection at hand.

        One that was used before and is gone, as after so many messages as a server likes, is
        replaced once, for nothing was sent by it.
        """
        was_used = channel.pk in self._used_at
        try:
            return self._send(channel, envelope, message)
        except SmtpFailure as failure:
            if failure.blame is Blame.MESSAGE:
                raise
            self._drop(channel)
            if not was_used:
                raise
        self.open(channel)
        return self._send(channel, envelope, message)

    def _send(self, channel: DeliveryChannel, envelope: Envelope, message: bytes) -> dict[str, str]:
        self._used_at[channel.pk] = time.monotonic()
        try:
            return self._open[channel.pk].send(envelope, message)
        except Unclear:
            self._drop(channel)
            raise

    def _is_idle(self, channel: DeliveryChannel) -> bool:
        used_at = self._used_at.get(channel.pk)
        return used_at is not None and time.monotonic() - used_at > FRESH_SECONDS

    def _drop(self, channel: DeliveryChannel) -> None:
        self._open.pop(channel.pk).close()
        self._used_at.pop(channel.pk, None)
