"""The secret, and the signature by which receivers know that a message is ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets

HEADER = "Actions-Signature"


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def signature(*, secret: str, timestamp: int, body: bytes) -> str:
    """`t=<timestamp>,v1=<HMAC-SHA256 of "timestamp.body" in hex>`."""
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
