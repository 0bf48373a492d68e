"""The endpoints of single records."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from syncing.sandbox.salesforce import records
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError, not_found
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.schema import ObjectView
from syncing.sandbox.salesforce.upserts import SeveralFound, upsert
from syncing.sandbox.salesforce.values import parse_moment


def create(call: Call, request: ApiRequest) -> Result:
    """POST sobjects/{object}"""
    view = call.schema.object(request.values["object"])
    record_id = records.create(call, view, request.json_object())
    return Result(201, {"id": record_id, "success": True, "errors": []})


def read(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}/{id}"""
    view = call.schema.object(request.values["object"])
    record = records.find(call, view, request.values["id"])
    return _shown(call, request, view, record)


def update(call: Call, request: ApiRequest) -> Result:
    """PATCH sobjects/{object}/{id}"""
    view = call.schema.object(request.values["object"])
    record = records.live_record(call, view, request.values["id"])
    _check_unmodified(request, record)
    records.update(call, view, record["Id"], request.json_object())
    return Result(204)


def delete(call: Call, request: ApiRequest) -> Result:
    """DELETE sobjects/{object}/{id}"""
    view = call.schema.object(request.values["object"])
    records.delete(call, view, request.values["id"])
    return Result(204)


def read_by_key(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}/{external id}/{value}"""
    view = call.schema.object(request.values["object"])
    found = _ids_by_key(call, request, view)
    if len(found) > 1:
        return _several(call, view, found)
    return _shown(call, request, view, records.find(call, view, found[0]) if found else None)


def delete_by_key(call: Call, request: ApiRequest) -> Result:
    """DELETE sobjects/{object}/{external id}/{value}"""
    view = call.schema.object(request.values["object"])
    found = _ids_by_key(call, request, view)
    if not found:
        raise not_found()
    records.delete(call, view, found[0])
    return Result(204)


def upsert_by_key(call: Call, request: ApiRequest) -> Result:
    """PATCH sobjects/{object}/{external id}/{value}"""
    view = call.schema.object(request.values["object"])
    key = records.key_field(view, request.values["key"])
    body = request.json_object()
    for name in body:
        if name.lower() in {"id", key.name.lower()}:
            message = f"The {name} field should not be specified in the sobject data."
            raise SalesforceError(400, "INVALID_FIELD", message)
    update_only = (request.param("updateOnly") or "").lower() == "true"
    try:
        record_id, is_new = upsert(
            call, view, key, request.values["value"], body, update_only=update_only
        )
    except SeveralFound as error:
        return _several(call, view, error.ids)
    answer = {"id": record_id, "success": True, "errors": [], "created": is_new}
    return Result(201 if is_new else 200, answer)


def _ids_by_key(call: Call, request: ApiRequest, view: ObjectView) -> list[str]:
    key = records.key_field(view, request.values["key"])
    return records.find_by_key(call, view, key, request.values["value"])


def _several(call: Call, view: ObjectView, ids: list[str]) -> Result:
    urls = [records.attributes(call.base, view.name, record_id)["url"] for record_id in ids]
    return Result(300, urls)


def _shown(
    call: Call, request: ApiRequest, view: ObjectView, record: Mapping[str, Any] | None
) -> Result:
    if record is None or record["IsDeleted"]:
        raise not_found()
    _check_unmodified(request, record)
    names = [name for name in (request.param("fields") or "").split(",") if name]
    fields = records.chosen_fields(view, names)
    return Result(200, records.rendered(call, view, record, fields))


def _check_unmodified(request: ApiRequest, record: Mapping[str, Any]) -> None:
    """If-Unmodified-Since, in whole seconds."""
    since = request.headers.get("if-unmodified-since")
    if since and parse_moment(record["LastModifiedDate"]) > parsedate_to_datetime(since):
        message = "The record was modified since the date of the precondition"
        raise SalesforceError(412, "PRECONDITION_FAILED", message)
