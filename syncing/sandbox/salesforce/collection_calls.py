"""Up to 200 records in one call: each has its own result, in the order of the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from syncing.sandbox.salesforce import records
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError, parser_error
from syncing.sandbox.salesforce.ids import is_id
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.schema import ObjectView
from syncing.sandbox.salesforce.upserts import SeveralFound, existing_keys, upsert

RECORDS_MAX = 200
RETRIEVED_MAX = 2000
Row = dict[str, Any]


def create(call: Call, request: ApiRequest) -> Result:
    """POST composite/sobjects."""

    def one(item: Row) -> Row:
        return _success(records.create(call, _view(call, item), item))

    return _each(call, _records(request), one, all_or_none=_all_or_none(request))


def update(call: Call, request: ApiRequest) -> Result:
    """PATCH composite/sobjects."""

    def one(item: Row) -> Row:
        record_id = next((value for name, value in item.items() if name.lower() == "id"), None)
        if not record_id:
            message = "Id not specified in an update call"
            raise SalesforceError(400, "MISSING_ARGUMENT", message, ["Id"])
        values = {name: value for name, value in item.items() if name.lower() != "id"}
        _check_id(record_id)
        view = _view(call, item)
        records.update(call, view, record_id, values)
        return _success(record_id)

    return _each(call, _records(request), one, all_or_none=_all_or_none(request))


def upsert_all(call: Call, request: ApiRequest) -> Result:
    """PATCH composite/sobjects/{object}/{external id}."""
    view = call.schema.object(request.values["object"])
    key = records.key_field(view, request.values["key"])
    items = _records(request)
    given = [_take(item, key.name) for item in items]
    counts: dict[str, int] = {}
    for value, _ in given:
        if isinstance(value, str):
            counts[value.lower()] = counts.get(value.lower(), 0) + 1

    def one(item: Row) -> Row:
        if _view(call, item).name != view.name:
            message = f"All records must be of type {view.name}"
            raise SalesforceError(400, "INVALID_TYPE", message)
        value, rest = _take(item, key.name)
        if isinstance(value, str) and counts[value.lower()] > 1:
            message = f"Duplicate external id specified: {value}"
            raise SalesforceError(400, "DUPLICATE_VALUE", message, [key.name])
        record_id, is_new = upsert(call, view, key, value, rest)
        return {**_success(record_id), "created": is_new}

    return _each(call, items, one, all_or_none=_all_or_none(request))


def known_keys(call: Call, request: ApiRequest) -> dict[str, str]:
    """Which of the keys of an upsert exist, and whose they are."""
    view = call.schema.object(request.values["object"])
    key = records.key_field(view, request.values["key"])
    if "value" in request.values:
        values = [request.values["value"]]
    else:
        values = [_take(item, key.name)[0] for item in _records(request)]
    return existing_keys(call.connection, view, key, values)


def delete(call: Call, request: ApiRequest) -> Result:
    """DELETE composite/sobjects?ids=…"""
    ids = [item for item in (request.param("ids") or "").split(",") if item]
    _check_count(len(ids), RECORDS_MAX)

    def one(item: Row) -> Row:
        _check_id(item["Id"])
        view = next((view for view in call.schema.all() if view.prefix == item["Id"][:3]), None)
        if view is None:
            raise SalesforceError(400, "MALFORMED_ID", f"malformed id {item['Id']}")
        records.delete(call, view, item["Id"])
        return _success(item["Id"])

    all_or_none = (request.param("allOrNone") or "").lower() == "true"
    return _each(call, [{"Id": item} for item in ids], one, all_or_none=all_or_none)


def retrieve(call: Call, request: ApiRequest) -> Result:
    """POST or GET composite/sobjects/{object}: null for what is not there."""
    view = call.schema.object(request.values["object"])
    if request.method == "GET":
        ids, names = ((request.param(name) or "").split(",") for name in ("ids", "fields"))
    else:
        ids, names = (_list(request, name) for name in ("ids", "fields"))
    _check_count(len(ids), RETRIEVED_MAX)
    fields = records.chosen_fields(view, names)
    found = []
    for record_id in ids:
        record = records.find(call, view, record_id) if is_id(record_id) else None
        is_there = record is not None and not record["IsDeleted"]
        found.append(records.rendered(call, view, record, fields) if record and is_there else None)
    return Result(200, found)


def _each(call: Call, items: list[Row], one: Callable[[Row], Row], *, all_or_none: bool) -> Result:
    if not all_or_none:
        # Only what makes the request as a whole unreadable undoes anything.
        with call.all_or_nothing():
            return Result(200, [_outcome(one, item) for item in items])
    results: list[Row] = []
    with call.all_or_nothing() as attempt:
        for item in items:
            results.append(_outcome(one, item))
            if not results[-1]["success"]:
                attempt.give_up()
                break
    if attempt.is_given_up:
        others = SalesforceError(
            400,
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using"
            " AllOrNone header",
        )
        failed = len(results) - 1
        results = [
            results[failed] if place == failed else others.as_row() for place in range(len(items))
        ]
    return Result(200, results)


def _outcome(one: Callable[[Row], Row], item: Row) -> Row:
    try:
        return one(item)
    except SalesforceError as error:
        if error.code == "JSON_PARSER_ERROR":
            raise
        return error.as_row()
    except SeveralFound as error:
        message = f"More than one record found for external id field: {error.ids}"
        return SalesforceError(400, "DUPLICATE_EXTERNAL_ID", message).as_row()


def _success(record_id: str) -> Row:
    return {"id": record_id, "success": True, "errors": []}


def _records(request: ApiRequest) -> list[Row]:
    found = request.json_object().get("records")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise parser_error("Cannot deserialize instance of list of sobjects: records")
    _check_count(len(found), RECORDS_MAX)
    return found


def _list(request: ApiRequest, name: str) -> list[str]:
    found = request.json_object().get(name)
    if not isinstance(found, list):
        raise parser_error(f"Cannot deserialize instance of list: {name}")
    return found


def _all_or_none(request: ApiRequest) -> bool:
    return request.json_object().get("allOrNone") is True


def _check_count(count: int, at_most: int) -> None:
    if count > at_most:
        message = f"record limit reached. cannot submit more than {at_most} records in this call"
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", message)


def _check_id(record_id: object) -> None:
    if not is_id(record_id):
        raise SalesforceError(400, "MALFORMED_ID", f"malformed id {record_id}", ["Id"])


def _view(call: Call, item: Mapping[str, Any]) -> ObjectView:
    kind = item.get("attributes")
    name = kind.get("type") if isinstance(kind, dict) else None
    if not isinstance(name, str):
        raise parser_error("You must specify the type of a record: attributes.type")
    return call.schema.query_object(name)


def _take(item: Row, key: str) -> tuple[Any, Row]:
    """The value of the key field, and the other values."""
    value = next((item[name] for name in item if name.lower() == key.lower()), None)
    return value, {name: item[name] for name in item if name.lower() != key.lower()}
