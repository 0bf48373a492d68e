"""The two doors of the mail office on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from syncing.sandbox.mail.imap.session import Session
from syncing.sandbox.mail.imap.wire import LINE_MAX
from syncing.sandbox.mail.office import Office
from syncing.sandbox.mail.smtp import SmtpDoor


class MailServers:
    """SMTP and IMAP, from construction to `stop()`."""

    def __init__(self, office: Office, *, host: str, smtp_port: int, imap_port: int) -> None:
        self._office = office
        self._sessions: set[Session] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        opening = self._open(host, smtp_port, imap_port)
        opened = asyncio.run_coroutine_threadsafe(opening, self._loop)
        # The ports that were taken where any free one was wanted.
        self.smtp_port, self.imap_port = opened.result()
        office.mailboxes.watchers.append(self._tell)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _open(self, host: str, smtp_port: int, imap_port: int) -> tuple[int, int]:
        door = SmtpDoor(self._office)
        smtp = await self._loop.create_server(door.connection, host, smtp_port, backlog=128)
        imap = await asyncio.start_server(
            self._serve_imap, host, imap_port, limit=LINE_MAX, backlog=128
        )
        return _port(smtp), _port(imap)

    async def _serve_imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self._office, reader, writer)
        self._sessions.add(session)
        try:
            # Clients that hang up in the middle are no news.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await session.converse()
        finally:
            self._sessions.discard(session)
            writer.close()

    def _tell(self, mailbox: str) -> None:
        """From any thread: wake the IMAP connections that look into this mailbox."""
        self._loop.call_soon_threadsafe(self._wake, mailbox)

    def _wake(self, mailbox: str) -> None:
        for session in self._sessions:
            if session.mailbox == mailbox:
                session.changed.set()


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
