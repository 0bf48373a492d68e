"""IMAP on the wire: commands with their literals, split into words and lists."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

LINE_MAX = 64 * 1024
LITERAL_MAX = 1024 * 1024
_LITERAL_AT_END = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
# An atom may carry a section in brackets, with spaces and a list in it.
_ATOM = re.compile(rb"(?:\[[^\]]*\]|[^\s()\[\]])+")


class BadCommand(Exception):
    """What the client sent makes no sense; answered with BAD."""


class Refused(Exception):
    """The command is understood and cannot be done; answered with NO."""


class HangUp(Exception):
    """The connection ends here, with these words or without any."""


@dataclass(frozen=True)
class Command:
    """A word is bytes; a list in parentheses is a list of such."""

    tag: str
    name: str
    arguments: list[Word]


Word = bytes | list["Word"]


async def read_command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """One command with its literals as they came; empty when the client has gone."""
    try:
        command = await reader.readline()
        while found := _LITERAL_AT_END.search(command):
            size = int(found[1])
            if size > LITERAL_MAX:
                raise HangUp("The literal is too long")
            if not found[2]:
                writer.write(b"+ Go on\r\n")
            command += await reader.readexactly(size) + await reader.readline()
    except ValueError:
        raise HangUp("The line is too long") from None
    return command


def parse_command(line: bytes) -> Command:
    tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
    name, _, rest = rest.partition(b" ")
    if not tag or not name:
        raise BadCommand("A command has a tag and a name")
    return Command(
        tag.decode("ascii", "replace"), name.decode("ascii", "replace").upper(), parse_words(rest)
    )


def parse_words(text: bytes) -> list[Word]:
    """Words and nested lists; raises BadCommand when they do not close."""
    words: list[Word] = []
    open_lists = [words]
    position = 0
    while position < len(text):
        character = text[position : position + 1]
        if character == b"(":
            inner: list[Word] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
            position += 1
        elif character == b")":
            if len(open_lists) == 1:
                raise BadCommand("A list closes that never opened")
            open_lists.pop()
            position += 1
        elif character.isspace():
            position += 1
        else:
            word, position = _word_at(text, position)
            open_lists[-1].append(word)
    if len(open_lists) > 1:
        raise BadCommand("A list does not close")
    return words


def _word_at(text: bytes, position: int) -> tuple[bytes, int]:
    if found := _LITERAL.match(text, position):
        end = found.end() + int(found[1])
        return text[found.end() : end], end
    if found := _QUOTED.match(text, position):
        return re.sub(rb"\\(.)", rb"\1", found[1]), found.end()
    if found := _ATOM.match(text, position):
        return found[0], found.end()
    raise BadCommand("A word is not readable")


def texts(words: list[Word], count: int) -> list[bytes]:
    """The words, when there are so many and none of them is a list."""
    found = [word for word in words if isinstance(word, bytes)]
    if len(found) != count or len(words) != count:
        raise BadCommand("The command has other arguments")
    return found


def literal(content: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(content), content)


def numbers_in(text: bytes, known: list[int]) -> list[int]:
    """Those of the known numbers, ascending, that a set such as `2,4:6,9:*` names."""
    chosen: set[int] = set()
    there = set(known)
    largest = known[-1] if known else 0
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        low, high = sorted([_number(first, largest), _number(last or first, largest)])
        if low == high:
            chosen |= there & {low}
        else:
            chosen.update(number for number in known if low <= number <= high)
    return sorted(chosen)


def _number(text: bytes, largest: int) -> int:
    if text == b"*":
        return largest
    if not text.isdigit():
        raise BadCommand("A set of numbers is not readable")
    return int(text)
