"""The few questions asked of a mailbox. Nothing is marked as read."""

from __future__ import annotations

import imaplib
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imap_tools import AND, ImapToolsError

from activities.emails.imap import Mailbox

# Enough for the text of a message; what comes behind it are attachments that nobody looks at. With
# more, a message made for it could keep the parsers busy for minutes.
MAX_BYTES = 256 * 1024
# What goes wrong between us and the server; the next poll tries again.
BROKEN_CONVERSATION = (ImapToolsError, imaplib.IMAP4.error, OSError)
_UID = re.compile(rb"\bUID (\d+)")


@dataclass(frozen=True)
class Numbering:
    uid_validity: int
    uid_next: int


@dataclass(frozen=True)
class Fetched:
    # Cut after MAX_BYTES.
    raw: bytes
    received_at: datetime


def numbering_of(mailbox: Mailbox, folder: str) -> Numbering:
    status = mailbox.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
    return Numbering(status["UIDVALIDITY"], status["UIDNEXT"])


def uids_after(mailbox: Mailbox, uid: int) -> list[int]:
    """Newer messages, oldest first."""
    # `*` is the last message, even when its number is smaller.
    found = map(int, mailbox.uids(f"UID {uid + 1}:*", charset=None))
    return sorted(each for each in found if each > uid)


def first_uid_since(mailbox: Mailbox, moment: datetime) -> int | None:
    """The first message that came then or later."""
    # Servers search for days, and have their own idea of when one begins.
    day = (moment - timedelta(days=1)).date()
    first = min(map(int, mailbox.uids(AND(date_gte=day), charset=None)), default=None)
    if first is None:
        return None
    answers = _fetched(mailbox, f"{first}:*", "(INTERNALDATE)")
    came_at = {int(uid[1]): _internal_date(each) for each in answers if (uid := _UID.search(each))}
    whole_second = moment.replace(microsecond=0)
    return min(
        (uid for uid, came in came_at.items() if came and came >= whole_second), default=None
    )


def fetch(mailbox: Mailbox, uid: int, *, now: datetime) -> Fetched | None:
    """None when the message is gone. Raises imaplib's error when the server can't tell now."""
    answer = _fetched(mailbox, str(uid), f"(INTERNALDATE BODY.PEEK[]<0.{MAX_BYTES}>)")
    raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
    if raw is None:
        return None
    rest = b" ".join(part[0] if isinstance(part, tuple) else part for part in answer if part)
    return Fetched(raw, received_at=min(_internal_date(rest) or now, now))


def _fetched(mailbox: Mailbox, uids: str, what: str) -> list[Any]:
    status, answer = mailbox.client.uid("FETCH", uids, what)
    # A server that is busy says NO, which imaplib hands on; of a message that is gone it says OK.
    if status != "OK":
        raise imaplib.IMAP4.error(b" ".join(part for part in answer if isinstance(part, bytes)))
    return answer


def _internal_date(answer: bytes) -> datetime | None:
    local = imaplib.Internaldate2tuple(answer)
    return datetime.fromtimestamp(time.mktime(local), UTC) if local else None
