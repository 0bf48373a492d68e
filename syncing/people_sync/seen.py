"""Whom the extracts of a full run had; the other people here are read again one by one."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

REMEMBER = "INSERT INTO syncing_seenlead (marketo_id) SELECT marketo_id FROM person_stage"

MARK_UNSEEN = """
INSERT INTO syncing_dirtylead (marketo_id, marked_at)
SELECT marketo_id, %s FROM people_person
WHERE state = 'ACTIVE' AND NOT EXISTS (
    SELECT FROM syncing_seenlead WHERE syncing_seenlead.marketo_id = people_person.marketo_id
)
ON CONFLICT (marketo_id) DO NOTHING
"""


def forget_seen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE syncing_seenlead")


def remember_staged() -> None:
    """Remember whom this transaction has staged last."""
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER)


def mark_unseen(*, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MARK_UNSEEN, [now])
