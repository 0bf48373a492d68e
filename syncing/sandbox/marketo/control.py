"""The control API under /control/ and the page at /: what a test or a visitor may do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syncing.sandbox.marketo import changes, opportunities
from syncing.sandbox.marketo.activity_log import log
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply, plain_text
from syncing.sandbox.marketo.faults import parse_fault
from syncing.sandbox.marketo.inspection import READS, Body, lead_rows
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.pages import PageFiles

PAGE = PageFiles(
    Path(__file__).parent / "page",
    {
        "/": "index.html",
        "/control/common.js": "common.js",
        "/control/page.css": "page.css",
        "/control/page.js": "page.js",
    },
)


def reply(instance: Instance, request: Request) -> Reply:
    """Answer one control request; whatever is wrong with it is a 400 that says so."""
    if file := PAGE.reply(request.path):
        return file
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


def _leads(instance: Instance, body: Body) -> Body:
    """Every lead, or those with these ids, with all fields: the truth that tests compare with."""
    ids = [int(lead_id) for lead_id in body.get("ids", ())]
    where = f"lead.id IN ({', '.join(map(str, ids))})" if ids else "1"
    return {"leads": lead_rows(instance, f"{where} ORDER BY lead.id", ())}


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
        seq = log(
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
