"""The control API under /control/ and the page at /: what a test or a visitor may do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo import changes, opportunities
from syncing.sandbox.marketo.activity_types import ACTIVITY_TYPES
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.custom_types import approved_types
from syncing.sandbox.marketo.envelope import Reply, plain_text
from syncing.sandbox.marketo.faults import FaultKind, parse_fault
from syncing.sandbox.marketo.fields import LEAD_TABLES, instance_fields
from syncing.sandbox.marketo.instance import Instance

PAGE_FILES = {
    "/": ("index.html", "text/html;charset=UTF-8"),
    "/control/page.css": ("page.css", "text/css;charset=UTF-8"),
    "/control/page.js": ("page.js", "text/javascript;charset=UTF-8"),
}
SEARCH_ROWS = 50
_PAGE = Path(__file__).parent / "page"

Body = dict[str, Any]


def reply(instance: Instance, request: Request) -> Reply:
    """Answer one control request; whatever is wrong with it is a 400 that says so."""
    if request.path in PAGE_FILES:
        name, content_type = PAGE_FILES[request.path]
        return Reply(200, (_PAGE / name).read_bytes(), content_type)
    verb = request.path.removeprefix("/control/")
    if request.method == "GET" and verb in READS:
        return _json(READS[verb](instance, request))
    if request.method != "POST" or verb not in VERBS:
        return plain_text(404, "There is no such control.")
    # A page of another site can send a form to this machine, but no JSON.
    if not request.headers.get("content-type", "").startswith("application/json"):
        return plain_text(415, "Controls take JSON.")
    try:
        return _json(VERBS[verb](instance, json.loads(request.body or b"{}")))
    except (KeyError, LookupError, TypeError, ValueError, sqlite3.IntegrityError) as error:
        return Reply(400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value, ensure_ascii=False).encode())


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


def _leads(instance: Instance, body: Body) -> Body:
    """Every lead, or those with these ids, with all fields: the truth that tests compare with."""
    ids = [int(lead_id) for lead_id in body.get("ids", ())]
    where = f"lead.id IN ({', '.join(map(str, ids))})" if ids else "1"
    return {"leads": _lead_rows(instance, f"{where} ORDER BY lead.id", ())}


def _search(instance: Instance, request: Request) -> list[Body]:
    """Leads whose id, name, e-mail or company matches, newest first."""
    text = request.text("q") or ""
    where = (
        "(lead.id = ? OR lead.firstName || ' ' || lead.lastName LIKE ? OR lead.email LIKE ?"
        f" OR company.name LIKE ?) ORDER BY lead.id DESC LIMIT {SEARCH_ROWS}"
    )
    if not text:
        return _lead_rows(instance, f"1 ORDER BY lead.id DESC LIMIT {SEARCH_ROWS}", ())
    return _lead_rows(instance, where, (text, *(f"%{text}%",) * 3))


def _lead_rows(instance: Instance, where: str, arguments: Iterable[Any]) -> list[Body]:
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


def _create(instance: Instance, body: Body) -> Body:
    return {"id": changes.create_lead(instance, body["values"])}


def _change(instance: Instance, body: Body) -> Body:
    changes.change_lead(instance, body["id"], body["values"])
    return {}


def _set_owner(instance: Instance, body: Body) -> Body:
    changes.set_owner(instance, body["id"], body["owner"])
    return {}


def _delete(instance: Instance, body: Body) -> Body:
    changes.delete_lead(instance, body["id"])
    return {}


def _merge(instance: Instance, body: Body) -> Body:
    changes.merge_leads(
        instance,
        body["winner"],
        body["losers"],
        in_salesforce=body.get("in_salesforce", False),
    )
    return {}


def _convert(instance: Instance, body: Body) -> Body:
    changes.convert_lead(instance, body["id"])
    return {}


def _sync_to_salesforce(instance: Instance, body: Body) -> Body:
    changes.sync_to_salesforce(instance, body["id"], body.get("owner"))
    return {}


def _delete_from_salesforce(instance: Instance, body: Body) -> Body:
    changes.delete_from_salesforce(instance, body["id"])
    return {}


def _rename_company(instance: Instance, body: Body) -> Body:
    """By the id of the company (`contactCompany` of its leads)."""
    return {"leads": changes.rename_company(instance, body["company"], body["name"])}


def _add_role(instance: Instance, body: Body) -> Body:
    guid = opportunities.add_role(
        instance,
        body["lead"],
        body["opportunity"],
        role=body.get("role"),
        is_primary=body.get("is_primary", False),
    )
    return {"marketoGUID": guid}


def _update_role(instance: Instance, body: Body) -> Body:
    opportunities.update_role(
        instance, body["lead"], body["opportunity"], is_primary=body["is_primary"]
    )
    return {}


def _remove_role(instance: Instance, body: Body) -> Body:
    opportunities.remove_role(instance, body["lead"], body["opportunity"])
    return {}


def _add_activity(instance: Instance, body: Body) -> Body:
    """Any log row; with an earlier `happened_at` it is one that was committed late."""
    with instance.store.writing() as connection:
        seq = changes.log(
            connection,
            body["type"],
            body["lead"],
            body.get("happened_at") or instance.clock.stamp(),
            [{"name": name, "value": value} for name, value in body.get("attributes", {}).items()],
            primary=(body.get("primary_id"), body.get("primary_value")),
        )
    return {"marketoGUID": str(seq)}


def _change_settings(instance: Instance, body: Body) -> Body:
    instance.change_settings(body)
    return instance.settings.as_dict()


def _add_fault(instance: Instance, body: Body) -> Body:
    return {"id": instance.faults.add(parse_fault(body))}


def _remove_fault(instance: Instance, body: Body) -> Body:
    instance.faults.remove(body["id"])
    return {}


def _clear_faults(instance: Instance, body: Body) -> Body:
    instance.faults.clear()
    return {}


def _expire_tokens(instance: Instance, body: Body) -> Body:
    instance.tokens.expire(instance.store)
    return {}


def _advance_clock(instance: Instance, body: Body) -> Body:
    instance.advance_clock(body["seconds"])
    return {"now": instance.clock.stamp()}


def _reset(instance: Instance, body: Body) -> Body:
    instance.reset(body)
    return instance.settings.as_dict()


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
}
VERBS: dict[str, Callable[[Instance, Body], Body]] = {
    "leads": _leads,
    "create_lead": _create,
    "change_lead": _change,
    "set_owner": _set_owner,
    "delete_lead": _delete,
    "merge_leads": _merge,
    "convert_lead": _convert,
    "sync_to_salesforce": _sync_to_salesforce,
    "delete_from_salesforce": _delete_from_salesforce,
    "rename_company": _rename_company,
    "add_role": _add_role,
    "update_role": _update_role,
    "remove_role": _remove_role,
    "add_activity": _add_activity,
    "change_settings": _change_settings,
    "add_fault": _add_fault,
    "remove_fault": _remove_fault,
    "clear_faults": _clear_faults,
    "expire_tokens": _expire_tokens,
    "advance_clock": _advance_clock,
    "reset": _reset,
}
