"""A text column encrypted at rest with the keys in CREDENTIALS_KEYS."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _fernet(tuple(settings.CREDENTIALS_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text behind `token`.

    Raises ImproperlyConfigured if none of CREDENTIALS_KEYS fits, rather than give out ciphertext.
    """
    try:
        return _fernet(tuple(settings.CREDENTIALS_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored credential does not fit any key in CREDENTIALS_KEYS."
        ) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text in Python, ciphertext in the database; the empty string stays empty. No lookups."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, *_args: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError("An encrypted field cannot be searched.")
        return super().get_lookup(lookup_name)
