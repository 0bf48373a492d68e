"""Bulk lead exports at work: the queue, the two that run, and the CSV files they write."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from syncing.sandbox import SANDBOX_SMART_LIST_ID
from syncing.sandbox.marketo.clock import Clock, quota_day_of
from syncing.sandbox.marketo.fields import LEAD_TABLES, instance_fields
from syncing.sandbox.marketo.settings import InstanceSettings
from syncing.sandbox.marketo.store import Store

# As many as fit into a processor's cache.
CHUNK_ROWS = 500
STATUS_DAYS = 30
SMART_LISTS = {
    SANDBOX_SMART_LIST_ID: ("Has a sales owner", "lead.sfdcLeadOwnerId IS NOT NULL"),
}


class Host(Protocol):
    """What exports need of the instance they belong to."""

    directory: Path
    settings: InstanceSettings
    clock: Clock
    store: Store


class ExportRunner:
    """A thread that starts queued jobs in order, and a thread for each job that runs."""

    def __init__(self, instance: Host) -> None:
        self._instance = instance
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self.directory.mkdir(exist_ok=True)
        self._requeue_interrupted()
        self._thread = threading.Thread(target=self._run, name="exports", daemon=True)
        self._thread.start()

    @property
    def directory(self) -> Path:
        return self._instance.directory / "exports"

    def file(self, export_id: str) -> Path:
        return self.directory / f"{export_id}.csv"

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        self._thread.join()

    def clear(self) -> None:
        """Remove all files, for the jobs they belong to are gone."""
        for path in self.directory.iterdir():
            path.unlink(missing_ok=True)

    def bytes_today(self, connection: sqlite3.Connection) -> int:
        """What today's finished exports take from the daily megabytes."""
        today = self._instance.clock.quota_day()
        since = self._instance.clock.stamp(ago=timedelta(days=2))
        finished = connection.execute(
            "SELECT finishedAt, fileSize FROM export_job"
            " WHERE status = 'Completed' AND finishedAt >= ?",
            (since,),
        )
        return sum(row["fileSize"] for row in finished if quota_day_of(row["finishedAt"]) == today)

    def _requeue_interrupted(self) -> None:
        with self._instance.store.writing() as connection:
            connection.execute(
                "UPDATE export_job SET status = 'Queued' WHERE status = 'Processing'"
            )

    def _run(self) -> None:
        while not self._stopped.is_set():
            # Cleared before looking, so that what comes in meanwhile is not slept over.
            self._wake.clear()
            is_busy = self._start_due()
            self._drop_old()
            self._wake.wait(timeout=0.05 if is_busy else 1.0)

    def _start_due(self) -> bool:
        """Start what may start now; tells whether any job is queued or running."""
        settings = self._instance.settings
        waited = self._instance.clock.stamp(ago=timedelta(seconds=settings.export_queue_seconds))
        with self._instance.store.reading() as connection:
            jobs = connection.execute(
                "SELECT exportId, status, request, queuedAt FROM export_job"
                " WHERE status IN ('Queued', 'Processing') ORDER BY queuedAt, rowid"
            ).fetchall()
        free = settings.exports_running - sum(job["status"] == "Processing" for job in jobs)
        due = [job for job in jobs if job["status"] == "Queued" and job["queuedAt"] <= waited]
        for job in due[: max(0, free)]:
            self._start(job["exportId"], json.loads(job["request"]))
        return bool(jobs)

    def _start(self, export_id: str, request: dict[str, Any]) -> None:
        with self._instance.store.writing() as connection:
            connection.execute(
                "UPDATE export_job SET status = 'Processing', startedAt = ? WHERE exportId = ?",
                (self._instance.clock.stamp(), export_id),
            )
        threading.Thread(target=self._process, args=(export_id, request), daemon=True).start()

    def _process(self, export_id: str, request: dict[str, Any]) -> None:
        started = time.monotonic()
        done = write_export(self._instance, request, self.file(export_id))
        elapsed = time.monotonic() - started
        self._stopped.wait(max(0.0, self._instance.settings.export_seconds - elapsed))
        if not self._stopped.is_set():
            self._finish(export_id, done)
            self.wake()

    def _finish(self, export_id: str, done: dict[str, Any]) -> None:
        """Complete the job, unless it was cancelled meanwhile."""
        with self._instance.store.writing() as connection:
            connection.execute(
                "UPDATE export_job SET status = 'Completed', finishedAt = :at,"
                " numberOfRecords = :records, fileSize = :size, fileChecksum = :checksum"
                " WHERE exportId = :id AND status = 'Processing'",
                {"at": self._instance.clock.stamp(), "id": export_id, **done},
            )

    def _drop_old(self) -> None:
        """Files live for days, jobs for a month."""
        clock, settings = self._instance.clock, self._instance.settings
        with self._instance.store.reading() as connection:
            old = connection.execute(
                "SELECT exportId FROM export_job WHERE createdAt < ?",
                (clock.stamp(ago=timedelta(days=settings.export_file_days)),),
            ).fetchall()
        for row in old:
            self.file(row["exportId"]).unlink(missing_ok=True)
        if old:
            with self._instance.store.writing() as connection:
                connection.execute(
                    "DELETE FROM export_job WHERE createdAt < ?",
                    (clock.stamp(ago=timedelta(days=STATUS_DAYS)),),
                )


def export_condition(filter_: dict[str, Any]) -> tuple[str, list[str]]:
    """The WHERE of a checked export filter."""
    kind, value = next(iter(filter_.items()))
    if kind in {"createdAt", "updatedAt"}:
        column = "createdAt" if kind == "createdAt" else "changedAt"
        return f"lead.{column} BETWEEN ? AND ?", [value["startAt"], value["endAt"]]
    return SMART_LISTS[value][1], []


def write_export(instance: Host, request: dict[str, Any], path: Path) -> dict[str, Any]:
    """Write a job's CSV in chunks; all rows are of the same moment."""
    digest = hashlib.sha256()
    size = records = 0
    with instance.store.reading() as connection, path.open("wb") as file:
        for text, count in _csv_chunks(connection, instance, request):
            chunk = text.encode()
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            records += count
    return {"records": records, "size": size, "checksum": f"sha256:{digest.hexdigest()}"}


def _csv_chunks(
    connection: sqlite3.Connection, instance: Host, request: dict[str, Any]
) -> Iterator[tuple[str, int]]:
    known = instance_fields(instance.settings)
    fields = [known[name] for name in request["fields"]]
    headers = request.get("columnHeaderNames") or {}
    yield ",".join(headers.get(field.name, field.name) for field in fields) + "\n", 0
    where, arguments = export_condition(request["filter"])
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(
        f"SELECT {', '.join(field.sql for field in fields)} FROM {LEAD_TABLES}"
        f" WHERE {where} ORDER BY lead.id",
        arguments,
    )
    while rows := cursor.fetchmany(CHUNK_ROWS):
        columns = zip(fields, zip(*rows, strict=True), strict=True)
        cells = [field.csv_cells(values) for field, values in columns]
        yield "\n".join(map(",".join, zip(*cells, strict=True))) + "\n", len(rows)
