"""What Marketo says of addresses, and how long that is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.cache import cache
from django.utils.translation import gettext as _

from syncing.connections import client_for, describe, instance_host
from syncing.errors import Misconfigured, Permanent
from syncing.marketo import MarketoClient, Priority
from syncing.marketo.records import Lead
from syncing.models import MarketoConnection

# Any of these on any lead with the address keeps emails from it, the gravest first.
FLAGS = ("blackListed", "unsubscribed", "emailInvalid")
MOST_ADDRESSES = 300
REMEMBERED_SECONDS = 60
# Marketo lists no more than a thousand leads, so nobody knows.
TOO_COMMON = "tooCommon"
_NOTHING = ""
_TOO_MANY_LEADS = "1003"
_UNKNOWN_FIELD = "1006"


def flags_of(
    addresses: Iterable[str], marketo: MarketoConnection, *, now: datetime
) -> dict[str, str]:
    """For each of these lower case addresses the flag that blocks it, empty if none does.

    TOO_COMMON stands for one that Marketo cannot tell of.
    Raises SyncError when Marketo cannot tell, RedisError when nothing can be remembered.
    """
    keys = {_key(marketo, address): address for address in addresses}
    known: dict[str, str] = cache.get_many(keys)
    unknown = [address for key, address in keys.items() if key not in known]
    if unknown:
        with client_for(marketo, Priority.INTERACTIVE) as client:
            for start in range(0, len(unknown), MOST_ADDRESSES):
                answers = _ask(client, marketo, unknown[start : start + MOST_ADDRESSES], now)
                fresh = {_key(marketo, address): flag for address, flag in answers.items()}
                cache.set_many(fresh, REMEMBERED_SECONDS)
                known |= fresh
    return {address: known[key] for key, address in keys.items()}


def _ask(
    client: MarketoClient, marketo: MarketoConnection, addresses: Sequence[str], now: datetime
) -> dict[str, str]:
    fields = _fields(marketo)
    try:
        leads = client.leads("email", addresses, ["email", *fields])
    except Permanent as error:
        if error.code == _TOO_MANY_LEADS:
            return _ask_apart(client, marketo, addresses, now)
        if error.code != _UNKNOWN_FIELD:
            raise
        # One was hidden since the instance was described.
        describe(marketo, client, now=now)
        if _fields(marketo) == fields:
            raise
        return _ask(client, marketo, addresses, now)
    return _worst(addresses, leads)


def _ask_apart(
    client: MarketoClient, marketo: MarketoConnection, addresses: Sequence[str], now: datetime
) -> dict[str, str]:
    """In halves, until the address that more than a thousand leads share is on its own."""
    if len(addresses) == 1:
        return {addresses[0]: TOO_COMMON}
    middle = len(addresses) // 2
    first, second = addresses[:middle], addresses[middle:]
    return {**_ask(client, marketo, first, now), **_ask(client, marketo, second, now)}


def _fields(marketo: MarketoConnection) -> list[str]:
    fields = [flag for flag in FLAGS if flag in marketo.described_fields]
    if not fields:
        message = _("Marketo shows this API user none of the fields that tell who unsubscribed.")
        raise Misconfigured(message, setting="permissions")
    return fields


def _worst(addresses: Iterable[str], leads: Iterable[Lead]) -> dict[str, str]:
    """Addresses nobody has are good ones: Marketo knows nothing against them."""
    answers = dict.fromkeys(addresses, _NOTHING)
    for lead in leads:
        address = str(lead.values.get("email") or "").strip().lower()
        flags = (answers.get(address, _NOTHING), _flag_of(lead.values))
        answers[address] = min(filter(None, flags), key=FLAGS.index, default=_NOTHING)
    return answers


def _flag_of(values: Mapping[str, object]) -> str:
    raised = (flag for flag in FLAGS if str(values.get(flag)).lower() in {"true", "1"})
    return next(raised, _NOTHING)


def _key(marketo: MarketoConnection, address: str) -> str:
    name = f"{instance_host(marketo.base_url)} {address}"
    return f"unsubscribe-check:{hashlib.sha256(name.encode()).hexdigest()}"
