"""What the page and tests look at: records as they are, requests, faults, settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.salesforce.faults import FaultKind
from syncing.sandbox.salesforce.objects import OBJECT_OF_PREFIX
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.schema import ObjectView
from syncing.sandbox.salesforce.values import shown

Body = dict[str, Any]
LISTED = 100
_SEARCHED = {
    "Task": ("Id", "Subject", "WhoId", "OwnerId", "Status"),
    "Opportunity": ("Id", "Name", "AccountId"),
    "Account": ("Id", "Name"),
    "User": ("Id", "Name", "Email"),
}
_SEARCHED_PERSON = ("Id", "Name", "Email")
LISTED_OBJECTS = ("Task", "Lead", "Contact", "Account", "Opportunity", "User")


def _health(org: Org, request: Request) -> Body:
    with org.store.reading() as connection:
        counts = {
            name: connection.execute(
                f'SELECT count(*) FROM "{name}" WHERE NOT IsDeleted'
            ).fetchone()
            for name in LISTED_OBJECTS
        }
        deleted = sum(
            connection.execute(f'SELECT count(*) FROM "{name}" WHERE IsDeleted').fetchone()[0]
            for name in LISTED_OBJECTS
        )
    return {
        "org_id": org.org_id,
        "counts": {name: row[0] for name, row in counts.items()},
        "recycle_bin": deleted,
        "api_usage": org.usage.total() + org.settings.other_calls,
        **org.sessions.counts(),
    }


def _stats(org: Org, request: Request) -> Body:
    return {"calls": org.journal.by_endpoint()}


def _requests(org: Org, request: Request) -> list[Body]:
    return org.journal.recent()


def _settings(org: Org, request: Request) -> Body:
    return org.settings.as_dict()


def _shape(org: Org, request: Request) -> Body:
    return org.shape.as_json()


def _faults(org: Org, request: Request) -> list[Body]:
    return org.faults.listed()


def _fault_kinds(org: Org, request: Request) -> list[str]:
    return list(FaultKind)


def _users(org: Org, request: Request) -> list[Body]:
    view = org.human_schema.object("User")
    return _rows(org, view, "1 ORDER BY _seq", ())


def _records(org: Org, request: Request) -> list[Body]:
    """All records of an object, oldest first, deleted ones with them: the truth for tests."""
    view = org.human_schema.object(request.text("object") or "Task")
    return _rows(org, view, "1 ORDER BY _seq", ())


def _search(org: Org, request: Request) -> list[Body]:
    """The newest records of an object that match, or those in the recycle bin."""
    view = org.human_schema.object(request.text("object") or "Task")
    names = _SEARCHED.get(view.name, _SEARCHED_PERSON)
    where = " OR ".join(f'"{name}" LIKE ?' for name in names)
    text = f"%{request.text('q') or ''}%"
    is_deleted = int(bool(request.text("deleted")))
    return _rows(
        org,
        view,
        f"({where}) AND IsDeleted = {is_deleted}"
        f" ORDER BY SystemModstamp DESC, _seq DESC LIMIT {LISTED}",
        (text,) * len(names),
    )


def _record(org: Org, request: Request) -> Body:
    """One record with its fields, for the form that edits it."""
    record_id = request.text("id") or ""
    view = org.human_schema.object(OBJECT_OF_PREFIX[record_id[:3]])
    rows = _rows(org, view, "Id = ?", (record_id,))
    if not rows:
        raise LookupError(f"There is no record {record_id!r}.")
    return {"object": view.name, "values": rows[0], "fields": _described(view)}


def _fields(org: Org, request: Request) -> list[Body]:
    """The fields of an object, for the form that makes a new one."""
    return _described(org.human_schema.object(request.text("object") or "Task"))


def _described(view: ObjectView) -> list[Body]:
    return [
        {
            "name": field.name,
            "label": field.label,
            "type": field.type,
            "is_createable": field.is_createable,
            "is_updateable": field.is_updateable,
            "is_required": field.is_required and not field.is_defaulted,
            "choices": [choice.value for choice in field.choices],
        }
        for field in view.fields
    ]


def _rows(org: Org, view: ObjectView, where: str, arguments: tuple[Any, ...]) -> list[Body]:
    names = ", ".join(f'"{field.name}"' for field in view.fields)
    with org.store.reading() as connection:
        rows = connection.execute(f'SELECT {names} FROM "{view.name}" WHERE {where}', arguments)
        return [
            {field.name: shown(field, row[field.name]) for field in view.fields} for row in rows
        ]


READS: dict[str, Callable[[Org, Request], Any]] = {
    "health": _health,
    "stats": _stats,
    "requests": _requests,
    "settings": _settings,
    "shape": _shape,
    "faults": _faults,
    "fault_kinds": _fault_kinds,
    "users": _users,
    "records": _records,
    "search": _search,
    "record": _record,
    "fields": _fields,
}
