"""Loading people into an empty table is twice as fast when the indexes are made at the end.

Which of them are missing is read from the database, so a killed worker leaves nothing to repair
but what `ensure_indexes` does anyway.
"""

from __future__ import annotations

from django.db import connection, models, transaction

from people.models import Person
from syncing.people_sync.duplicates import rebuild_duplicates
from syncing.people_sync.load import hold_back_writers

# Every merge asks for the newest time stamp.
KEPT = "person_by_updated"
INDEXES = tuple(index for index in Person._meta.indexes if index.name != KEPT)  # noqa: SLF001
SORTING_MEMORY = "256MB"


def missing_indexes() -> list[models.Index]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes"
            " WHERE schemaname = current_schema() AND tablename = 'people_person'"
        )
        here = {name for (name,) in cursor.fetchall()}
    return [index for index in INDEXES if index.name not in here]


@transaction.atomic
def drop_indexes() -> bool:
    """Drop the indexes if there is nobody to find with them; return whether they are gone."""
    hold_back_writers()
    if Person.objects.exists():
        return False
    with connection.schema_editor() as editor:
        for index in INDEXES:
            editor.remove_index(Person, index)
    return True


@transaction.atomic
def ensure_indexes() -> None:
    """Make the indexes that are missing, and all that a load left for the end."""
    missing = missing_indexes()
    if not missing:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
        with connection.schema_editor() as editor:
            for index in missing:
                editor.add_index(Person, index)
        rebuild_duplicates()


@transaction.atomic
def analyze_people() -> None:
    """Have searches planned well at once; autovacuum, which takes a closer look, comes later."""
    with connection.cursor() as cursor:
        # A first glance is enough to plan with.
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute("ANALYZE people_person")
