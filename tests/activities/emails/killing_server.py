"""An SMTP server that kills its client in the middle of a conversation, and keeps what it got."""

import os
import signal
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from email import message_from_bytes

from aiosmtpd.controller import Controller


class Killer:
    """Kills the process `pid` at the so-manieth time that `stage` is reached.

    `delay` seconds later, when it is at something else.
    """

    def __init__(self):
        self.stored = Counter()
        self.envelopes = []
        self.pid = None
        self.answer = "250 Stored"
        self._lock = threading.Lock()
        self._order = None

    def order(self, stage, *, after=0, delay=0.0):
        self._order = [stage, after, delay]

    def _reach(self, stage):
        with self._lock:
            if self._order is None or self._order[0] != stage:
                return
            if self._order[1] > 0:
                self._order[1] -= 1
                return
            delay, self._order = self._order[2], None
        if delay:
            threading.Timer(delay, self._kill).start()
        else:
            self._kill()

    def _kill(self):
        os.kill(self.pid, signal.SIGKILL)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self._reach("connect")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self._reach("mail")
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        self._reach("rcpt")
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self._reach("text")
        self.envelopes.append(envelope)
        self.stored[message_from_bytes(envelope.content)["Message-ID"].strip("<>")] += 1
        self._reach("stored")
        return self.answer


@contextmanager
def killing_server(**options):
    """The server's Killer, and the port it listens at; `options` are aiosmtpd's."""
    killer = Killer()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    controller = Controller(
        killer, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, **options
    )
    controller.start()
    try:
        yield killer, port
    finally:
        controller.stop()
