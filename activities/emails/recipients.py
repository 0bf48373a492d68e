"""What is known about emails before a word of them is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.emails.gate_context import GateContext
from activities.emails.gates import send_gates
from activities.emails.models import Email

# The gates that ask about sender and reader, not about the text.
_OF_SENDER = frozenset({"identity", "channel"})
_OF_READER = frozenset({"recipient", "blocked_domain", "unsubscribed"})


@dataclass(frozen=True)
class Warnings:
    """`of_sender`: why nothing that this seller writes would go out. `of_readers`: for each email
    why it would not reach its reader, however it is written; empty when it would.
    """

    of_sender: list[str]
    of_readers: list[str]


def early_warnings(*, emails: Sequence[Email], now: datetime) -> Warnings:
    """About emails of one sender, which may not be saved yet."""
    context = GateContext(emails, now)
    of_readers = []
    for email in emails:
        reasons = _reasons(email, context, _OF_READER)
        if not reasons:
            context.count_as_sent(email)
        of_readers.append(" ".join(reasons))
    return Warnings(_reasons(emails[0], context, _OF_SENDER) if emails else [], of_readers)


def _reasons(email: Email, context: GateContext, names: frozenset[str]) -> list[str]:
    verdicts = [gate.check(email, context) for gate in send_gates if gate.name in names]
    return [verdict.reason for verdict in verdicts if verdict]
