"""SEARCH: the client's criteria as one test of a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from email import message_from_bytes
from email.message import Message as Mime

from syncing.sandbox.mail.imap.fetching import internal_date
from syncing.sandbox.mail.imap.wire import BadCommand, Word, numbers_in
from syncing.sandbox.mail.mailboxes import Mailboxes, Message

Test = Callable[[Message], bool]

_FLAGS = {b"SEEN", b"ANSWERED", b"DELETED", b"FLAGGED", b"DRAFT"}
_HEADERS = {b"SUBJECT", b"FROM", b"TO", b"CC", b"BCC"}


class Search:
    """Reads criteria one by one; all of them have to hold."""

    def __init__(self, mailboxes: Mailboxes, uids: list[int], criteria: list[Word]) -> None:
        self._mailboxes = mailboxes
        self._uids = uids
        self._words = list(criteria)
        if self._words[:1] == [b"CHARSET"]:
            del self._words[:2]

    def test(self) -> Test:
        tests = []
        while self._words:
            tests.append(self._next_test())
        return lambda message: all(test(message) for test in tests)

    def _next_test(self) -> Test:  # noqa: C901, PLR0911 - one case a word of the protocol
        word = self._take()
        if isinstance(word, list):
            return Search(self._mailboxes, self._uids, word).test()
        key = word.upper()
        match key:
            case b"ALL":
                return lambda _: True
            case b"NOT":
                inner = self._next_test()
                return lambda message: not inner(message)
            case b"OR":
                one, other = self._next_test(), self._next_test()
                return lambda message: one(message) or other(message)
            case b"UID":
                return self._in_set(numbers_in(self._text(), self._uids))
            case b"SINCE" | b"BEFORE" | b"ON":
                return self._by_day(key)
            case b"BODY" | b"TEXT":
                needle = self._text().lower()
                return lambda message: needle in self._mailboxes.raw(message.id).lower()
            case b"HEADER":
                return self._by_header(self._text().decode(errors="replace"), self._text())
        if key in _HEADERS:
            return self._by_header(key.decode(), self._text())
        if key.removeprefix(b"UN") in _FLAGS:
            return _by_flag(key.removeprefix(b"UN").decode(), wanted=key in _FLAGS)
        sequence = numbers_in(word, list(range(1, len(self._uids) + 1)))
        return self._in_set([self._uids[number - 1] for number in sequence])

    def _take(self) -> Word:
        if not self._words:
            raise BadCommand("A search criterion lacks its value")
        return self._words.pop(0)

    def _text(self) -> bytes:
        word = self._take()
        if isinstance(word, list):
            raise BadCommand("A search criterion has a list for a value")
        return word

    def _in_set(self, uids: list[int]) -> Test:
        chosen = set(uids)
        return lambda message: message.uid in chosen

    def _by_day(self, key: bytes) -> Test:
        day = _day(self._text())
        match key:
            case b"SINCE":
                return lambda message: internal_date(message).date() >= day
            case b"BEFORE":
                return lambda message: internal_date(message).date() < day
        return lambda message: internal_date(message).date() == day

    def _by_header(self, name: str, value: bytes) -> Test:
        needle = value.decode(errors="replace").lower()

        def has_it(message: Message) -> bool:
            head: Mime = message_from_bytes(
                self._mailboxes.raw(message.id).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            )
            return any(needle in str(found).lower() for found in head.get_all(name, ()))

        return has_it


def _by_flag(name: str, *, wanted: bool) -> Test:
    flag = "\\" + name.capitalize()
    return lambda message: (flag in message.flags) is wanted


def _day(text: bytes) -> date:
    try:
        return datetime.strptime(text.decode(), "%d-%b-%Y").date()  # noqa: DTZ007 - a mere day
    except ValueError:
        raise BadCommand("A day is written as 1-Feb-2026") from None
