"""Signed names of what a tracking address is about: short, each of one kind, most to expire.

A token of one kind is none of another: each kind signs with a salt of its own.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from django.core.signing import (
    BadSignature,
    SignatureExpired,
    TimestampSigner,
    b62_decode,
    b62_encode,
)

LASTS = timedelta(days=2 * 365)


class Kind(Enum):
    """What the id in a token is of, and how long the token is good for."""

    PIXEL = "email"
    CLICK = "link"
    FILE = "file"
    # Whoever digs out an old email may still unsubscribe.
    UNSUBSCRIBE = "unsubscribe"

    @property
    def lasts(self) -> timedelta | None:
        return None if self is Kind.UNSUBSCRIBE else LASTS


class Invalid(Exception):
    """Not a token of ours, or one of another kind."""


class Expired(Exception):
    """It was one of ours, and too long ago."""


def sign(kind: Kind, pk: int) -> str:
    return _signer(kind).sign(b62_encode(pk))


def read(kind: Kind, token: str) -> int:
    """The id that was signed. Raises Invalid or Expired."""
    try:
        return b62_decode(_signer(kind).unsign(token, max_age=kind.lasts))
    except SignatureExpired as error:
        raise Expired from error
    except BadSignature as error:
        raise Invalid from error


def _signer(kind: Kind) -> TimestampSigner:
    # A colon would end up as %3A in some mail programs.
    return TimestampSigner(sep=".", salt=f"activities.emails.tracking.{kind.value}")
