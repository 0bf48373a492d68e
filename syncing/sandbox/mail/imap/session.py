"""One IMAP connection, from greeting to LOGOUT."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable

from syncing.sandbox.mail.faults import FaultKind, Stage
from syncing.sandbox.mail.imap.fetching import SEEN, wanted_items
from syncing.sandbox.mail.imap.folder import Folder
from syncing.sandbox.mail.imap.wire import (
    BadCommand,
    Command,
    HangUp,
    Refused,
    Word,
    parse_command,
    read_command,
    texts,
)
from syncing.sandbox.mail.mailboxes import mailbox_of
from syncing.sandbox.mail.office import Office

CAPABILITIES = b"IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE UNSELECT"

# What a handler returns is the text of the tagged OK.
Handler = Callable[[list[Word]], Awaitable[str | None]]


class Session:
    def __init__(
        self, office: Office, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._office = office
        self._reader = reader
        self._writer = writer
        # Whose mailbox it is, empty before the sign-in.
        self.mailbox = ""
        self._folder: Folder | None = None
        # Set whenever the mailbox changes.
        self.changed = asyncio.Event()

    async def converse(self) -> None:
        """Until one of both has enough."""
        try:
            await self._suffer()
            self._say(b"* OK [CAPABILITY %s] The sandbox's mailboxes" % CAPABILITIES)
            while line := await read_command(self._reader, self._writer):
                await self._answer(line)
                await self._writer.drain()
        except (HangUp, Refused) as farewell:
            if str(farewell):
                self._say(b"* BYE " + str(farewell).encode())

    async def _answer(self, line: bytes) -> None:
        tag = line.split(b" ", 1)[0].strip() or b"*"
        try:
            await self._suffer()
            command = parse_command(line)
            done = await self._handler(command)(command.arguments)
        except BadCommand as error:
            self._say(b"%s BAD %s" % (tag, str(error).encode()))
        except Refused as error:
            self._say(b"%s NO %s" % (tag, str(error).encode()))
        else:
            self._say(b"%s OK %s" % (tag, (done or f"{command.name} done").encode()))
            if command.name == "LOGOUT":
                raise HangUp

    def _handler(self, command: Command) -> Handler:
        """What is known in this state of the conversation."""
        handlers: dict[str, Handler] = {
            "CAPABILITY": self._capability,
            "NOOP": self._noop,
            "LOGOUT": self._logout,
            "LOGIN": self._login,
            "AUTHENTICATE": self._authenticate,
        }
        if self.mailbox:
            handlers |= {
                "LIST": self._list,
                "LSUB": self._list,
                "STATUS": self._status,
                "SELECT": self._select,
                "EXAMINE": self._examine,
            }
        if self._folder:
            handlers |= {
                "CHECK": self._noop,
                "IDLE": self._idle,
                "CLOSE": self._close,
                "UNSELECT": self._unselect,
                "EXPUNGE": self._expunge,
                "SEARCH": self._search,
                "FETCH": self._fetch,
                "STORE": self._store,
                "UID": self._by_uid,
            }
        if command.name not in handlers:
            raise BadCommand(f"{command.name} is not known, or not now")
        return handlers[command.name]

    # At any time

    async def _capability(self, arguments: list[Word]) -> None:
        self._say(b"* CAPABILITY " + CAPABILITIES)

    async def _noop(self, arguments: list[Word]) -> None:
        if self._folder:
            self._say(*self._folder.news())

    async def _logout(self, arguments: list[Word]) -> None:
        self._say(b"* BYE Until next time")

    async def _login(self, arguments: list[Word]) -> None:
        user, password = texts(arguments, 2)
        self._sign_in(user, password)

    async def _authenticate(self, arguments: list[Word]) -> None:
        mechanism, *initial = texts(arguments, len(arguments))
        if mechanism.upper() != b"PLAIN":
            raise Refused("Only PLAIN")
        if not initial:
            self._say(b"+ ")
            initial = [(await self._reader.readline()).strip()]
        try:
            _, user, password = base64.b64decode(initial[0], validate=True).split(b"\0")
        except (binascii.Error, ValueError):
            raise BadCommand("PLAIN takes an identity, a user and a password") from None
        self._sign_in(user, password)

    def _sign_in(self, user: bytes, password: bytes) -> None:
        address = user.decode(errors="replace")
        fault = self._office.faults.take(Stage.SIGN_IN, address)
        if fault and fault.kind is FaultKind.DISCONNECT:
            self._break()
        if fault or "@" not in address or not self._office.knows(password):
            raise Refused("[AUTHENTICATIONFAILED] Wrong user or password")
        self.mailbox = mailbox_of(address)

    # Signed in

    async def _list(self, arguments: list[Word]) -> None:
        _, pattern = texts(arguments, 2)
        if not pattern:
            self._say(b'* LIST (\\Noselect) "/" ""')
        elif pattern.upper() in {b"*", b"%", b"INBOX"}:
            self._say(b'* LIST (\\HasNoChildren) "/" INBOX')

    async def _status(self, arguments: list[Word]) -> None:
        _only_inbox(arguments)
        standing = self._office.mailboxes.standing(self.mailbox)
        messages = self._office.mailboxes.in_mailbox(self.mailbox)
        values = {
            b"MESSAGES": len(messages),
            b"RECENT": 0,
            b"UIDNEXT": standing.uid_next,
            b"UIDVALIDITY": standing.uid_validity,
            b"UNSEEN": sum(SEEN not in message.flags for message in messages),
        }
        asked = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], list) else []
        pairs = [
            b"%s %d" % (name, values[name])
            for name in asked
            if isinstance(name, bytes) and name in values
        ]
        self._say(b"* STATUS INBOX (%s)" % b" ".join(pairs))

    async def _select(self, arguments: list[Word]) -> str:
        self._open(arguments, is_read_only=False)
        return "[READ-WRITE] SELECT done"

    async def _examine(self, arguments: list[Word]) -> str:
        self._open(arguments, is_read_only=True)
        return "[READ-ONLY] EXAMINE done"

    def _open(self, arguments: list[Word], *, is_read_only: bool) -> None:
        self._folder = None
        _only_inbox(arguments)
        self.changed.clear()
        self._folder = Folder(self._office.mailboxes, self.mailbox, is_read_only=is_read_only)
        self._say(*self._folder.introduction())

    # With a mailbox selected

    @property
    def _selected(self) -> Folder:
        if self._folder is None:
            raise BadCommand("No mailbox is selected")
        return self._folder

    async def _idle(self, arguments: list[Word]) -> None:
        """Tell of changes until the client sends DONE (RFC 2177)."""
        self._say(b"+ idling")
        done = asyncio.ensure_future(self._reader.readline())
        try:
            while not done.done():
                self._say(*self._selected.news())
                await self._writer.drain()
                changed = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait({done, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self.changed.clear()
        finally:
            done.cancel()
        if done.result().strip().upper() != b"DONE":
            raise BadCommand("IDLE ends with DONE")

    async def _close(self, arguments: list[Word]) -> None:
        if not self._selected.is_read_only:
            self._selected.expunge()
        self._folder = None

    async def _unselect(self, arguments: list[Word]) -> None:
        self._folder = None

    async def _expunge(self, arguments: list[Word]) -> None:
        self._selected.expunge()
        self._say(*self._selected.news())

    async def _search(self, arguments: list[Word]) -> None:
        folder = self._selected
        numbers = [folder.number_of(uid) for uid in folder.search(arguments)]
        self._say_found(numbers)

    async def _fetch(self, arguments: list[Word]) -> None:
        (chosen,) = texts(arguments[:1], 1)
        await self._send(self._selected.with_numbers(chosen), wanted_items(arguments[1:]))

    async def _store(self, arguments: list[Word]) -> None:
        (chosen,) = texts(arguments[:1], 1)
        uids = self._selected.with_numbers(chosen)
        self._say(*self._selected.store(uids, arguments[1:], with_uid=False))

    async def _by_uid(self, arguments: list[Word]) -> None:
        folder = self._selected
        (verb,) = texts(arguments[:1], 1)
        self._say(*folder.news())
        if verb.upper() == b"SEARCH":
            self._say_found(folder.search(arguments[1:]))
            return
        (chosen,) = texts(arguments[1:2], 1)
        uids, rest = folder.with_uids(chosen), arguments[2:]
        if verb.upper() == b"FETCH":
            items = wanted_items(rest)
            await self._send(uids, items if b"UID" in items else [b"UID", *items])
        elif verb.upper() == b"STORE":
            self._say(*folder.store(uids, rest, with_uid=True))
        else:
            raise BadCommand("UID goes with SEARCH, FETCH and STORE")

    async def _send(self, uids: list[int], items: list[bytes]) -> None:
        for answer in self._selected.fetch(uids, items):
            self._say(answer)
            await self._writer.drain()

    def _say_found(self, numbers: list[int]) -> None:
        self._say(b" ".join([b"* SEARCH", *(b"%d" % number for number in numbers)]))

    def _say(self, *lines: bytes) -> None:
        self._writer.writelines(line + b"\r\n" for line in lines)

    async def _suffer(self) -> None:
        fault = self._office.faults.take(Stage.IMAP, self.mailbox)
        if fault and fault.kind is FaultKind.DISCONNECT:
            self._break()
        if fault and fault.kind is FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind is FaultKind.REFUSE:
            raise Refused(fault.text)

    def _break(self) -> None:
        self._writer.transport.abort()
        raise HangUp


def _only_inbox(arguments: list[Word]) -> None:
    if not arguments or not isinstance(arguments[0], bytes):
        raise BadCommand("The command needs a mailbox")
    if arguments[0].upper() != b"INBOX":
        raise Refused("[NONEXISTENT] There is only INBOX")
