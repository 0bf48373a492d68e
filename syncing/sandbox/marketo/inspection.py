"""What the control API shows: state, settings, requests, people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo.activity_types import ACTIVITY_TYPES, FIRST_CUSTOM_ID
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.custom_types import approved_types
from syncing.sandbox.marketo.faults import FaultKind
from syncing.sandbox.marketo.fields import LEAD_TABLES, instance_fields
from syncing.sandbox.marketo.instance import Instance

SEARCH_ROWS = 50

Body = dict[str, Any]


def _health(instance: Instance, request: Request) -> Body:
    return {"ok": True}


def _stats(instance: Instance, request: Request) -> Body:
    with instance.store.reading() as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("lead", "company", "activity", "opportunity_role")
        }
        custom = [{"id": known.id, "name": known.api_name} for known in approved_types(connection)]
    return {
        "counts": counts,
        "limits": instance.limits.state(instance.settings),
        "calls": instance.journal.by_endpoint(),
        "custom_types": custom,
        "now": instance.clock.stamp(),
    }


def _settings(instance: Instance, request: Request) -> Body:
    return instance.settings.as_dict()


def _requests(instance: Instance, request: Request) -> list[Body]:
    return instance.journal.recent()


def _faults(instance: Instance, request: Request) -> list[Body]:
    return instance.faults.listed()


def _fault_kinds(instance: Instance, request: Request) -> list[str]:
    return list(FaultKind)


def _owners(instance: Instance, request: Request) -> list[Body]:
    return [{"id": owner.salesforce_id, "name": owner.name} for owner in OWNERS]


def _exports(instance: Instance, request: Request) -> list[Body]:
    with instance.store.reading() as connection:
        rows = connection.execute("SELECT * FROM export_job ORDER BY rowid DESC LIMIT 50")
        return [dict(row) for row in rows]


def _search(instance: Instance, request: Request) -> list[Body]:
    """Leads whose id, name, e-mail or company matches, newest first."""
    text = request.text("q") or ""
    where = (
        "(lead.id = ? OR ifnull(lead.firstName || ' ', '') || ifnull(lead.lastName, '') LIKE ?"
        f" OR lead.email LIKE ? OR company.name LIKE ?) ORDER BY lead.id DESC LIMIT {SEARCH_ROWS}"
    )
    if not text:
        return lead_rows(instance, f"1 ORDER BY lead.id DESC LIMIT {SEARCH_ROWS}", ())
    return lead_rows(instance, where, (text, *(f"%{text}%",) * 3))


def lead_rows(instance: Instance, where: str, arguments: Iterable[Any]) -> list[Body]:
    fields = instance_fields(instance.settings).values()
    columns = ", ".join(f'{field.sql} AS "{field.name}"' for field in fields)
    flags = [field.name for field in fields if field.data_type == "boolean"]
    with instance.store.reading() as connection:
        rows = connection.execute(
            f"SELECT {columns} FROM {LEAD_TABLES} WHERE {where}", tuple(arguments)
        ).fetchall()
    return [{**row, **{flag: bool(row[flag]) for flag in flags}} for row in map(dict, rows)]


def _roles(instance: Instance, request: Request) -> list[Body]:
    with instance.store.reading() as connection:
        rows = connection.execute("SELECT * FROM opportunity_role ORDER BY marketoGUID")
        return [dict(row) for row in rows]


def _log(instance: Instance, request: Request) -> list[Body]:
    """The newest rows of the activity log."""
    with instance.store.reading() as connection:
        rows = connection.execute("SELECT * FROM activity ORDER BY seq DESC LIMIT 100").fetchall()
    names = {known.id: known.name for known in ACTIVITY_TYPES}
    return [
        {
            **row,
            "type": names.get(row["typeId"], f"Custom {row['typeId']}"),
            "attributes": json.loads(row["attributes"]),
        }
        for row in map(dict, rows)
    ]


def _custom_activities(instance: Instance, request: Request) -> list[Body]:
    """Every record of a custom type, oldest first: the truth that tests count."""
    with instance.store.reading() as connection:
        rows = connection.execute(
            "SELECT * FROM activity WHERE typeId >= ? ORDER BY seq", (FIRST_CUSTOM_ID,)
        )
        return [
            {
                "marketoGUID": str(row["seq"]),
                "leadId": row["leadId"],
                "typeId": row["typeId"],
                "happenedAt": row["happenedAt"],
                "primaryValue": row["primaryValue"],
                "attributes": {
                    item["name"]: item["value"] for item in json.loads(row["attributes"])
                },
            }
            for row in rows
        ]


READS: dict[str, Callable[[Instance, Request], Any]] = {
    "health": _health,
    "stats": _stats,
    "settings": _settings,
    "requests": _requests,
    "faults": _faults,
    "fault_kinds": _fault_kinds,
    "owners": _owners,
    "exports": _exports,
    "search": _search,
    "roles": _roles,
    "log": _log,
    "custom_activities": _custom_activities,
}
