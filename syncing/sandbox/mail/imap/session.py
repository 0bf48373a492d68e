"""One IMAP connection, from greeting to LOGOUT."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from syncing.sandbox.mail.faults import FaultKind, Stage
from syncing.sandbox.mail.imap.fetching import (
    SEEN,
    fetched,
    flag_list,
    marks_as_seen,
    wanted_items,
)
from syncing.sandbox.mail.imap.searching import Search
from syncing.sandbox.mail.imap.wire import (
    BadCommand,
    Command,
    Word,
    numbers_in,
    parse_command,
    read_command,
)
from syncing.sandbox.mail.mailboxes import Message, mailbox_of
from syncing.sandbox.mail.office import Office

CAPABILITIES = b"IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE UNSELECT"
FLAGS = b"(\\Answered \\Deleted \\Draft \\Flagged \\Seen)"


class Refused(Exception):
    """The command is understood and cannot be done; answered with NO."""


class HangUp(Exception):
    """The connection ends here."""


class Session:
    def __init__(
        self, office: Office, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._office = office
        self._reader = reader
        self._writer = writer
        self._user = ""
        # The selected mailbox: none, or its numbering and what this client knows is in it.
        self._is_selected = False
        self._is_read_only = False
        self._uid_validity = 0
        self._uids: list[int] = []
        # Set whenever the mailbox changes.
        self.changed = asyncio.Event()

    @property
    def mailbox(self) -> str:
        return self._user

    async def converse(self) -> None:
        """Until one of both has enough."""
        with contextlib.suppress(HangUp):
            await self._suffer()
            self._say(b"* OK [CAPABILITY %s] The sandbox's mailboxes" % CAPABILITIES)
            while line := await read_command(self._reader, self._writer):
                await self._suffer()
                await self._answer(line)
                await self._writer.drain()

    async def _answer(self, line: bytes) -> None:
        tag = line.split(b" ", 1)[0].strip() or b"*"
        try:
            command = parse_command(line)
            done = await self._do(command)
        except BadCommand as error:
            self._say(b"%s BAD %s" % (tag, str(error).encode()))
        except Refused as error:
            self._say(b"%s NO %s" % (tag, str(error).encode()))
        else:
            self._say(b"%s OK %s" % (tag, done.encode()))
            if command.name == "LOGOUT":
                raise HangUp

    async def _do(self, command: Command) -> str:
        """What the tagged OK says."""
        name, arguments = command.name, command.arguments
        handler = self._anytime().get(name)
        if handler is None and self._user:
            handler = self._signed_in().get(name)
        if handler is None and self._is_selected:
            handler = self._selected().get(name)
        if handler is None:
            raise BadCommand(f"{name} is not known, or not now")
        return await handler(arguments) or f"{name} done"

    def _anytime(self) -> dict[str, Handler]:
        return {
            "CAPABILITY": self._capability,
            "NOOP": self._noop,
            "LOGOUT": self._logout,
            "LOGIN": self._login,
            "AUTHENTICATE": self._authenticate,
        }

    def _signed_in(self) -> dict[str, Handler]:
        return {
            "LIST": self._list,
            "LSUB": self._list,
            "STATUS": self._status,
            "SELECT": self._select,
            "EXAMINE": self._examine,
        }

    def _selected(self) -> dict[str, Handler]:
        return {
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

    # At any time

    async def _capability(self, arguments: list[Word]) -> None:
        self._say(b"* CAPABILITY " + CAPABILITIES)

    async def _noop(self, arguments: list[Word]) -> None:
        if self._is_selected:
            self._announce()

    async def _logout(self, arguments: list[Word]) -> None:
        self._say(b"* BYE Until next time")

    async def _login(self, arguments: list[Word]) -> None:
        user, password = _texts(arguments, 2)
        self._sign_in(user, password)

    async def _authenticate(self, arguments: list[Word]) -> None:
        mechanism, *initial = _texts(arguments, len(arguments))
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
        self._user = mailbox_of(address)

    # Signed in

    async def _list(self, arguments: list[Word]) -> None:
        _, pattern = _texts(arguments, 2)
        if not pattern:
            self._say(b'* LIST (\\Noselect) "/" ""')
        elif pattern.upper() in {b"*", b"%", b"INBOX"}:
            self._say(b'* LIST (\\HasNoChildren) "/" INBOX')

    async def _status(self, arguments: list[Word]) -> None:
        _only_inbox(arguments)
        standing = self._office.mailboxes.standing(self._user)
        messages = self._office.mailboxes.in_mailbox(self._user)
        values = {
            b"MESSAGES": len(messages),
            b"RECENT": 0,
            b"UIDNEXT": standing.uid_next,
            b"UIDVALIDITY": standing.uid_validity,
            b"UNSEEN": sum(SEEN not in message.flags for message in messages),
        }
        asked = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], list) else []
        pairs = [b"%s %d" % (name, values[name]) for name in asked if name in values]
        self._say(b"* STATUS INBOX (%s)" % b" ".join(pairs))

    async def _select(self, arguments: list[Word]) -> str:
        self._open(arguments, read_only=False)
        return "[READ-WRITE] SELECT done"

    async def _examine(self, arguments: list[Word]) -> str:
        self._open(arguments, read_only=True)
        return "[READ-ONLY] EXAMINE done"

    def _open(self, arguments: list[Word], *, read_only: bool) -> None:
        self._is_selected = False
        _only_inbox(arguments)
        standing = self._office.mailboxes.standing(self._user)
        self._uids = self._office.mailboxes.uids(self._user)
        self._uid_validity = standing.uid_validity
        self._is_selected, self._is_read_only = True, read_only
        self.changed.clear()
        self._say(b"* FLAGS " + FLAGS)
        self._say(b"* OK [PERMANENTFLAGS %s] Kept" % (b"()" if read_only else FLAGS))
        self._say(b"* %d EXISTS" % len(self._uids))
        self._say(b"* 0 RECENT")
        self._say(b"* OK [UIDVALIDITY %d] Numbered so" % standing.uid_validity)
        self._say(b"* OK [UIDNEXT %d] Next" % standing.uid_next)

    # With a mailbox selected

    async def _idle(self, arguments: list[Word]) -> None:
        """Tell of changes until the client sends DONE (RFC 2177)."""
        self._say(b"+ idling")
        await self._writer.drain()
        done = asyncio.ensure_future(self._reader.readline())
        try:
            while not done.done():
                self._announce()
                changed = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait({done, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self.changed.clear()
        finally:
            done.cancel()
        if done.result().strip().upper() != b"DONE":
            raise BadCommand("IDLE ends with DONE")

    async def _close(self, arguments: list[Word]) -> None:
        if not self._is_read_only:
            self._remove_deleted()
        self._is_selected = False

    async def _unselect(self, arguments: list[Word]) -> None:
        self._is_selected = False

    async def _expunge(self, arguments: list[Word]) -> None:
        self._must_write()
        self._remove_deleted()
        self._announce()

    async def _search(self, arguments: list[Word]) -> None:
        uids = self._found(arguments)
        numbers = [number for number, uid in enumerate(self._uids, start=1) if uid in set(uids)]
        self._say(b" ".join([b"* SEARCH", *(b"%d" % number for number in numbers)]))

    async def _fetch(self, arguments: list[Word]) -> None:
        chosen = self._numbered(arguments)
        await self._send(chosen, wanted_items(arguments[1:]))

    async def _store(self, arguments: list[Word]) -> None:
        self._change_flags(self._numbered(arguments), arguments[1:], with_uid=False)

    async def _by_uid(self, arguments: list[Word]) -> str:
        (verb,) = _texts(arguments[:1], 1)
        rest = arguments[1:]
        self._announce()
        match verb.upper():
            case b"SEARCH":
                uids = self._found(rest)
                self._say(b" ".join([b"* SEARCH", *(b"%d" % uid for uid in uids)]))
            case b"FETCH":
                items = wanted_items(rest[1:])
                await self._send(self._with_uids(rest), [b"UID", *(set(items) - {b"UID"})])
            case b"STORE":
                self._change_flags(self._with_uids(rest), rest[1:], with_uid=True)
            case _:
                raise BadCommand("UID goes with SEARCH, FETCH and STORE")
        return "UID done"

    def _found(self, criteria: list[Word]) -> list[int]:
        test = Search(self._office.mailboxes, self._uids, criteria).test()
        return [message.uid for message in self._messages(self._uids) if test(message)]

    def _numbered(self, arguments: list[Word]) -> list[int]:
        """The UIDs of a set of sequence numbers."""
        (text,) = _texts(arguments[:1], 1)
        numbers = numbers_in(text, list(range(1, len(self._uids) + 1)))
        return [self._uids[number - 1] for number in numbers]

    def _with_uids(self, arguments: list[Word]) -> list[int]:
        (text,) = _texts(arguments[:1], 1)
        return numbers_in(text, self._uids)

    def _messages(self, uids: list[int]) -> list[Message]:
        chosen = set(uids)
        messages = self._office.mailboxes.in_mailbox(self._user)
        return [message for message in messages if message.uid in chosen]

    async def _send(self, uids: list[int], items: list[bytes]) -> None:
        mailboxes = self._office.mailboxes
        for message in self._messages(uids):
            content = fetched(message, items, partial(mailboxes.raw, message.id))
            number = self._uids.index(message.uid) + 1
            self._say(b"* %d FETCH (%s)" % (number, content))
            if marks_as_seen(items) and not self._is_read_only and SEEN not in message.flags:
                mailboxes.set_flags(message.id, message.flags | {SEEN})
            await self._writer.drain()

    def _change_flags(self, uids: list[int], arguments: list[Word], *, with_uid: bool) -> None:
        self._must_write()
        verb, flags = _flag_order(arguments)
        for message in self._messages(uids):
            changed = {
                "+": message.flags | flags,
                "-": message.flags - flags,
            }.get(verb[:1], flags)
            self._office.mailboxes.set_flags(message.id, changed)
            if not verb.endswith(".SILENT"):
                number = self._uids.index(message.uid) + 1
                uid = b"UID %d " % message.uid if with_uid else b""
                self._say(b"* %d FETCH (%sFLAGS %s)" % (number, uid, flag_list(changed)))

    def _must_write(self) -> None:
        if self._is_read_only:
            raise Refused("[READ-ONLY] The mailbox is only being looked at")

    def _remove_deleted(self) -> None:
        mailboxes = self._office.mailboxes
        deleted = [
            message.uid
            for message in mailboxes.in_mailbox(self._user)
            if "\\Deleted" in message.flags
        ]
        mailboxes.remove(self._user, deleted)

    def _announce(self) -> None:
        """Tell what came and went since the client last heard."""
        if self._office.mailboxes.standing(self._user).uid_validity != self._uid_validity:
            self._say(b"* BYE The mailbox is numbered anew")
            raise HangUp
        now = self._office.mailboxes.uids(self._user)
        still_there = set(now)
        for number in range(len(self._uids), 0, -1):
            if self._uids[number - 1] not in still_there:
                self._say(b"* %d EXPUNGE" % number)
        has_new = bool(still_there - set(self._uids))
        self._uids = now
        if has_new:
            self._say(b"* %d EXISTS" % len(now))

    def _say(self, line: bytes) -> None:
        self._writer.write(line + b"\r\n")

    async def _suffer(self) -> None:
        fault = self._office.faults.take(Stage.IMAP, self._user)
        if fault and fault.kind is FaultKind.DISCONNECT:
            self._break()
        if fault and fault.kind is FaultKind.HANG:
            await asyncio.sleep(fault.seconds)

    def _break(self) -> None:
        self._writer.transport.abort()
        raise HangUp


Handler = Callable[[list[Word]], Awaitable[str | None]]


def _texts(words: list[Word], count: int) -> list[bytes]:
    texts = [word for word in words if isinstance(word, bytes)]
    if len(texts) != count or len(words) != count:
        raise BadCommand("The command has other arguments")
    return texts


def _only_inbox(arguments: list[Word]) -> None:
    if not arguments or not isinstance(arguments[0], bytes):
        raise BadCommand("The command needs a mailbox")
    if arguments[0].upper() != b"INBOX":
        raise Refused("[NONEXISTENT] There is only INBOX")


def _flag_order(arguments: list[Word]) -> tuple[str, frozenset[str]]:
    """How flags are to change: FLAGS, +FLAGS or -FLAGS, maybe .SILENT, and which."""
    verb, *rest = arguments or [b""]
    if not isinstance(verb, bytes) or not verb.upper().lstrip(b"+-").startswith(b"FLAGS"):
        raise BadCommand("STORE takes FLAGS")
    named = rest[0] if rest and isinstance(rest[0], list) else rest
    flags = frozenset(flag.decode("ascii", "replace") for flag in named if isinstance(flag, bytes))
    return verb.decode("ascii").upper(), frozenset(_canonical(flag) for flag in flags)


def _canonical(flag: str) -> str:
    return "\\" + flag[1:].capitalize() if flag.startswith("\\") else flag
