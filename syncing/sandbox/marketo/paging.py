"""Opaque paging tokens: base32 with `=` padding, as Marketo's look."""

from __future__ import annotations

import base64
import binascii
import json

from syncing.sandbox.marketo.envelope import MarketoError


def to_token(kind: str, *position: str | int) -> str:
    return base64.b32encode(json.dumps([kind, *position]).encode()).decode()


def from_token(kind: str, token: str) -> list[str | int]:
    """The position in a token of this kind."""
    try:
        content: list[str | int] = json.loads(base64.b32decode(token))
    except (binascii.Error, ValueError):
        content = [""]
    if content[0] != kind:
        raise MarketoError("1003", f"Invalid paging token '{token[:40]}'")
    return content[1:]
