"""What the API tells of itself: versions, resources, objects and limits."""

from __future__ import annotations

from typing import Any

from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.schema import ObjectView

VERSIONS = range(50, 69)
RECORDS_MAX = 200


def versions() -> list[dict[str, str]]:
    return [
        {
            "label": f"Release {number}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in VERSIONS
    ]


def resources(call: Call, request: ApiRequest) -> Result:
    """GET /services/data/v66.0"""
    names = ("sobjects", "query", "queryAll", "composite", "limits", "tooling")
    urls = {name: f"{call.base}/{name}" for name in names}
    return Result(200, {**urls, "identity": call.identity_url})


def limits(call: Call, request: ApiRequest) -> Result:
    """GET limits"""
    maximum = call.settings.daily_calls
    remaining = max(0, maximum - call.calls_made)
    return Result(200, {"DailyApiRequests": {"Max": maximum, "Remaining": remaining}})


def all_objects(call: Call, request: ApiRequest) -> Result:
    """GET sobjects"""
    objects = [_summary(call, view) for view in call.schema.all()]
    return Result(200, {"encoding": "UTF-8", "maxBatchSize": RECORDS_MAX, "sobjects": objects})


def one_object(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}"""
    view = call.schema.object(request.values["object"])
    return Result(200, {"objectDescribe": _summary(call, view), "recentItems": []})


def describe(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}/describe"""
    view = call.schema.object(request.values["object"])
    fields = [field.described() for field in view.fields]
    more: dict[str, Any] = {"fields": fields, "childRelationships": [], "recordTypeInfos": []}
    return Result(200, _summary(call, view) | more)


def _summary(call: Call, view: ObjectView) -> dict[str, Any]:
    sobject = view.sobject
    base = f"{call.base}/sobjects/{sobject.name}"
    return {
        "name": sobject.name,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "keyPrefix": sobject.prefix,
        "custom": False,
        "queryable": True,
        "retrieveable": True,
        "replicateable": True,
        **dict.fromkeys(
            ("createable", "updateable", "deletable", "undeletable"), sobject.is_writable
        ),
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }
