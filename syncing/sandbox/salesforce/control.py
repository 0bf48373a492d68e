"""The Salesforce page at /salesforce and its control API: acting as a human, ordering faults."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply, plain_text
from syncing.sandbox.pages import PageFiles
from syncing.sandbox.salesforce import human
from syncing.sandbox.salesforce.custom_fields import field_from_metadata
from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.faults import parse_fault
from syncing.sandbox.salesforce.fields import Choice
from syncing.sandbox.salesforce.ids import is_id
from syncing.sandbox.salesforce.inspection import READS
from syncing.sandbox.salesforce.org import Org

Body = dict[str, Any]
PAGE = PageFiles(
    Path(__file__).parent / "page",
    {
        "/salesforce": "index.html",
        "/salesforce/control/page.css": "page.css",
        "/salesforce/control/page.js": "page.js",
    },
)


class SalesforceControl:
    """Answers what begins with /salesforce."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def reply(self, request: Request) -> Reply:
        """Answer one request; whatever is wrong with it is a 400 that says so."""
        if file := PAGE.reply(request.path):
            return file
        self._org.commit_due()
        verb = request.path.removeprefix("/salesforce/control/")
        try:
            return self._read(verb, request) if request.method == "GET" else self._do(verb, request)
        except SalesforceError as error:
            return _json({"error": f"{error.code}: {error.message}"}, status=400)
        except (LookupError, TypeError, ValueError, sqlite3.IntegrityError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _read(self, verb: str, request: Request) -> Reply:
        if verb not in READS:
            return plain_text(404, "There is no such control.")
        return _json(READS[verb](self._org, request))

    def _do(self, verb: str, request: Request) -> Reply:
        if verb not in VERBS:
            return plain_text(404, "There is no such control.")
        # A page of another site can send a form to this machine, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return plain_text(415, "Controls take JSON.")
        return _json(VERBS[verb](self._org, json.loads(request.body or b"{}")) or {})


def record_link(request: Request) -> Reply:
    """A record's address, /00T… or /lightning/r/Task/00T…/view, leads to the page."""
    names = request.path.strip("/").split("/")
    record_id = next(filter(is_id, names), "")
    return Reply(302, headers={"Location": f"/salesforce#{record_id}"})


def _json(value: Any, *, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())


def _create(org: Org, body: Body) -> Body:
    values, user = body["values"], body.get("user", "")
    return {"id": human.create(org, body["object"], values, user=user)}


def _update(org: Org, body: Body) -> None:
    human.update(org, body["id"], body["values"], user=body.get("user", ""))


def _delete(org: Org, body: Body) -> None:
    human.delete(org, body["id"])


def _undelete(org: Org, body: Body) -> None:
    human.undelete(org, body["id"])


def _empty_recycle_bin(org: Org, body: Body) -> Body:
    return {"records": human.empty_recycle_bin(org)}


def _convert(org: Org, body: Body) -> Body:
    return {"contact": human.convert(org, body["id"])}


def _merge(org: Org, body: Body) -> None:
    human.merge(org, body["winner"], body["losers"])


def _create_user(org: Org, body: Body) -> Body:
    return {"id": human.create_user(org, body["values"])}


def _change_user(org: Org, body: Body) -> None:
    human.change_user(org, body["id"], body["values"])


def _add_field(org: Org, body: Body) -> None:
    org.add_field(field_from_metadata(body["full_name"], body["metadata"]))


def _set_picklist(org: Org, body: Body) -> None:
    """`values` are texts, or objects with `value`, `is_default` and `is_closed`."""
    choices = tuple(
        Choice(item) if isinstance(item, str) else Choice(**item) for item in body["values"]
    )
    picklists = {**org.shape.picklists, _known(org, body["field"]): choices}
    org.change_shape(replace(org.shape, picklists=picklists))


def _set_access(org: Org, body: Body) -> None:
    """`access` to a field is edit, read or none: field-level security for all API users."""
    name, access = _known(org, body["field"]), body["access"]
    if access not in {"edit", "read", "none"}:
        raise ValueError("Access is edit, read or none.")
    object_name, _, field_name = name.partition(".")
    if org.human_schema.object(object_name).by_name[field_name.lower()].is_required:
        raise ValueError("Required fields are there for everybody.")
    org.set_access(name, can_read=access != "none", can_edit=access == "edit")


def _known(org: Org, name: str) -> str:
    """The right name of a field such as task.type."""
    object_name, _, field_name = name.partition(".")
    view = org.human_schema.object(object_name)
    return f"{view.name}.{view.by_name[field_name.lower()].name}"


def _change_settings(org: Org, body: Body) -> Body:
    org.change_settings(body)
    return org.settings.as_dict()


def _add_fault(org: Org, body: Body) -> Body:
    return {"id": org.faults.add(parse_fault(body))}


def _remove_fault(org: Org, body: Body) -> None:
    org.faults.remove(body["id"])


def _clear_faults(org: Org, body: Body) -> None:
    org.faults.clear()


def _commit_late(org: Org, body: Body) -> Body:
    """Make the changes that wait to be committed late now."""
    return {"changes": org.commit_due(everything=True)}


def _expire_sessions(org: Org, body: Body) -> None:
    org.sessions.expire_all(body.get("user"))


def _revoke_approvals(org: Org, body: Body) -> None:
    org.sessions.revoke_all(body.get("user"))


def _reset(org: Org, body: Body) -> Body:
    org.reset()
    return _change_settings(org, body)


VERBS: dict[str, Callable[[Org, Body], Body | None]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "undelete": _undelete,
    "empty_recycle_bin": _empty_recycle_bin,
    "convert": _convert,
    "merge": _merge,
    "create_user": _create_user,
    "change_user": _change_user,
    "add_field": _add_field,
    "set_picklist": _set_picklist,
    "set_access": _set_access,
    "change_settings": _change_settings,
    "add_fault": _add_fault,
    "remove_fault": _remove_fault,
    "clear_faults": _clear_faults,
    "commit_late": _commit_late,
    "expire_sessions": _expire_sessions,
    "revoke_approvals": _revoke_approvals,
    "reset": _reset,
}
