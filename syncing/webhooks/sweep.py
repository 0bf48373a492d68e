"""Sending what is due, at least once, to each endpoint."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import NamedTuple

import structlog

from people.api.representation import timestamp
from syncing.people_sync.threads import in_order
from syncing.people_sync.work import Slice
from syncing.webhooks import signing
from syncing.webhooks.claims import Attempt, claim, ready_endpoints, settle
from syncing.webhooks.http import Answer, post
from syncing.webhooks.models import Endpoint, Message

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 30
AT_A_TIME = 8


class Parcel(NamedTuple):
    """What a thread needs to send a message; threads never touch the database."""

    message: Message
    url: str
    secret: str


def sweep(*, now: datetime) -> bool:
    """Send what is due, for half a minute at most; True when there is more to do right away."""
    work = Slice(now=now, seconds=SWEEP_SECONDS)
    while not work.is_over:
        claimed = [_send_batch(endpoint, work) for endpoint in ready_endpoints(now=work.now)]
        if not any(claimed):
            return False
    return True


def _send_batch(endpoint: Endpoint, work: Slice) -> int:
    messages = claim(endpoint=endpoint, now=work.now)
    if not messages:
        return 0
    parcels = [Parcel(message, endpoint.url, endpoint.secret) for message in messages]
    sent = in_order(send, parcels, workers=AT_A_TIME)
    attempts = [Attempt(parcel.message, answer) for parcel, answer in sent]
    settle(endpoint=endpoint, attempts=attempts, now=work.now)
    taken = sum(attempt.answer.is_success for attempt in attempts)
    log.info("webhooks_sent", endpoint=endpoint.pk, sent=len(attempts), taken=taken)
    return len(messages)


def send(parcel: Parcel) -> Answer:
    """One attempt. The signature is of this moment, so that receivers can refuse old ones."""
    message = parcel.message
    body = body_of(message)
    signature = signing.signature(secret=parcel.secret, timestamp=int(time.time()), body=body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Actions-Webhooks/1",
        "Actions-Event": message.kind,
        "Actions-Event-Id": str(message.event_id),
        "Actions-Attempt": str(message.attempts),
        signing.HEADER: signature,
        "Connection": "close",
    }
    return post(url=parcel.url, body=body, headers=headers)


def body_of(message: Message) -> bytes:
    """The same at each attempt."""
    body = {
        "id": str(message.event_id),
        "type": message.kind,
        "created_at": timestamp(message.created_at),
        "data": message.data,
    }
    return json.dumps(body, ensure_ascii=False).encode()
