"""A mailbox as one IMAP connection has it open: its messages by number, and what it does there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from syncing.sandbox.mail.imap.fetching import SEEN, fetched, flag_list, marks_as_seen
from syncing.sandbox.mail.imap.searching import Search
from syncing.sandbox.mail.imap.wire import BadCommand, HangUp, Refused, Word, numbers_in
from syncing.sandbox.mail.mailboxes import Mailboxes, Message

FLAGS = b"(\\Answered \\Deleted \\Draft \\Flagged \\Seen)"
DELETED = "\\Deleted"


class Folder:
    """What the client knows of a mailbox; it stays so until `news()` is told."""

    def __init__(self, mailboxes: Mailboxes, mailbox: str, *, is_read_only: bool) -> None:
        self._mailboxes = mailboxes
        self._mailbox = mailbox
        self.is_read_only = is_read_only
        self._revision = mailboxes.revision
        self._standing = mailboxes.standing(mailbox)
        # A message's number is its place in here, from 1.
        self.uids = mailboxes.uids(mailbox)

    def introduction(self) -> list[bytes]:
        """What SELECT answers, RFC 3501 section 6.3.1."""
        return [
            b"* FLAGS " + FLAGS,
            b"* OK [PERMANENTFLAGS %s] Kept" % (b"()" if self.is_read_only else FLAGS),
            b"* %d EXISTS" % len(self.uids),
            b"* 0 RECENT",
            b"* OK [UIDVALIDITY %d] Numbered so" % self._standing.uid_validity,
            b"* OK [UIDNEXT %d] Next" % self._standing.uid_next,
        ]

    def news(self) -> list[bytes]:
        """What came and went since the client last heard; raises HangUp when all is renumbered."""
        if self._mailboxes.revision == self._revision:
            return []
        self._revision = self._mailboxes.revision
        if self._mailboxes.standing(self._mailbox).uid_validity != self._standing.uid_validity:
            raise HangUp("The mailbox is numbered anew")
        now = self._mailboxes.uids(self._mailbox)
        there, known = set(now), set(self.uids)
        gone = [number for number, uid in enumerate(self.uids, start=1) if uid not in there]
        self.uids = now
        # From the last to the first, for each one that goes changes the numbers after it.
        told = [b"* %d EXPUNGE" % number for number in reversed(gone)]
        return [*told, b"* %d EXISTS" % len(now)] if there - known else told

    def search(self, criteria: list[Word]) -> list[int]:
        """The UIDs of what is found."""
        test = Search(self._mailboxes, self.uids, criteria).test()
        return [message.uid for message in self._messages(self.uids) if test(message)]

    def with_numbers(self, text: bytes) -> list[int]:
        """The UIDs of a set of message numbers."""
        return [self.uids[number - 1] for number in numbers_in(text, list(self._numbers()))]

    def with_uids(self, text: bytes) -> list[int]:
        return numbers_in(text, self.uids)

    def number_of(self, uid: int) -> int:
        return self.uids.index(uid) + 1

    def fetch(self, uids: list[int], items: list[bytes]) -> Iterator[bytes]:
        """An answer for each message; reading a text marks it as seen."""
        for message in self._messages(uids):
            content = fetched(message, items, partial(self._mailboxes.raw, message.id))
            yield b"* %d FETCH (%s)" % (self.number_of(message.uid), content)
            if marks_as_seen(items) and not self.is_read_only and SEEN not in message.flags:
                self._mailboxes.set_flags(message.id, message.flags | {SEEN})

    def store(self, uids: list[int], order: list[Word], *, with_uid: bool) -> Iterator[bytes]:
        """Change flags, and tell how they stand unless the order is a silent one."""
        self._must_write()
        verb, flags = _flag_order(order)
        for message in self._messages(uids):
            changes = {"+": message.flags | flags, "-": message.flags - flags}
            changed = changes.get(verb[:1], flags)
            self._mailboxes.set_flags(message.id, changed)
            if not verb.endswith(".SILENT"):
                uid = b"UID %d " % message.uid if with_uid else b""
                number = self.number_of(message.uid)
                yield b"* %d FETCH (%sFLAGS %s)" % (number, uid, flag_list(changed))

    def expunge(self) -> None:
        self._must_write()
        deleted = [each.uid for each in self._messages(self.uids) if DELETED in each.flags]
        self._mailboxes.remove(self._mailbox, deleted)

    def _numbers(self) -> range:
        return range(1, len(self.uids) + 1)

    def _messages(self, uids: list[int]) -> list[Message]:
        return self._mailboxes.with_uids(self._mailbox, uids)

    def _must_write(self) -> None:
        if self.is_read_only:
            raise Refused("[READ-ONLY] The mailbox is only being looked at")


def _flag_order(order: list[Word]) -> tuple[str, frozenset[str]]:
    """How flags are to change: FLAGS, +FLAGS or -FLAGS, maybe .SILENT, and which."""
    verb, *rest = order or [b""]
    if not isinstance(verb, bytes) or not verb.upper().lstrip(b"+-").startswith(b"FLAGS"):
        raise BadCommand("STORE takes FLAGS")
    named = rest[0] if rest and isinstance(rest[0], list) else rest
    flags = [flag.decode("ascii", "replace") for flag in named if isinstance(flag, bytes)]
    return verb.decode("ascii", "replace").upper(), frozenset(map(_canonical, flags))


def _canonical(flag: str) -> str:
    return "\\" + flag[1:].capitalize() if flag.startswith("\\") else flag
