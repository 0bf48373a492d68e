"""The calls to Salesforce's REST API that the product makes, over simple-salesforce."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import requests
import structlog
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from syncing.errors import Ambiguous, Misconfigured, SyncError
from syncing.salesforce.custom_fields import CustomField
from syncing.salesforce.network import session_for
from syncing.salesforce.records import (
    ApiSession,
    ApiUsage,
    DailyLimit,
    DeletedIds,
    ObjectInfo,
    Record,
    RowResult,
    UpdatedIds,
    as_stamp,
)
from syncing.salesforce.refusals import (
    SessionExpired,
    moved,
    nonsense,
    not_answered,
    refusal_of,
)

log = structlog.get_logger(__name__)

API_VERSION = "66.0"
COLLECTION_MAX = 200

_HEADERS = {
    "Sforce-Call-Options": "client=Actions",
    # What we change must not hand a lead to somebody else.
    "Sforce-Auto-Assign": "FALSE",
}
_PAGE_OF_2000 = {"Sforce-Query-Options": "batchSize=2000"}

Renew = Callable[[str], ApiSession]


class SalesforceClient:
    """One user's calls. Raises nothing but the errors of syncing.errors.

    Nothing is repeated, except once after a 401, which Salesforce gives before it does anything:
    then `renew` is asked for another session in place of the token that was refused.
    """

    def __init__(self, session: ApiSession, *, renew: Renew | None = None) -> None:
        self.calls = 0
        # As the latest answer told; the server's clock is the one that stamps records.
        self.usage: ApiUsage | None = None
        self.server_time: datetime | None = None
        self._renew = renew
        self._tally = threading.Lock()
        self._adopt(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    # Reading

    def query(self, soql: str, *, with_deleted: bool = False) -> Iterator[Record]:
        """All rows, page after page; quote values with `format_soql`.

        `with_deleted` adds those in the recycle bin, merged and archived.
        """
        path = "queryAll" if with_deleted else "query"
        page = self._read(path, {"q": soql}, headers=_PAGE_OF_2000)
        while True:
            yield from page["records"]
            if page["done"]:
                return
            page = self._read(page["nextRecordsUrl"].partition(f"/v{API_VERSION}/")[2])

    def query_all(self, soql: str) -> Iterator[Record]:
        return self.query(soql, with_deleted=True)

    def describe(self, object_name: str) -> ObjectInfo:
        return ObjectInfo.from_json(self._read(f"sobjects/{object_name}/describe"))

    def updated(self, object_name: str, *, since: datetime, until: datetime) -> UpdatedIds:
        """Ids of what changed, at most 30 days back."""
        return UpdatedIds.from_json(self._replication(object_name, "updated", since, until))

    def deleted(self, object_name: str, *, since: datetime, until: datetime) -> DeletedIds:
        """Ids of what was deleted, at most 15 days back."""
        return DeletedIds.from_json(self._replication(object_name, "deleted", since, until))

    def retrieve(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[Record | None]:
        """Up to 200 records by their ids, in this order; None for what is not there."""
        _check_size(ids)
        body = {"ids": list(ids), "fields": list(fields)}
        found = self._call("POST", f"composite/sobjects/{object_name}", body=body)
        if not isinstance(found, list) or len(found) != len(ids):
            raise nonsense(writes=False)
        return found

    def limits(self) -> DailyLimit:
        return DailyLimit.from_json(self._read("limits"))

    # Writing, at most 200 records in a call; each has its own result, in the order given

    def create(
        self, object_name: str, records: Sequence[Record], *, allows_duplicates: bool = False
    ) -> list[RowResult]:
        """`allows_duplicates` passes those of the org's duplicate rules that let one."""
        headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"} if allows_duplicates else {}
        return self._collection("POST", "composite/sobjects", object_name, records, headers)

    def update(self, object_name: str, records: Sequence[Record]) -> list[RowResult]:
        """Each record tells its `Id`."""
        return self._collection("PATCH", "composite/sobjects", object_name, records)

    def upsert(
        self, object_name: str, key_field: str, records: Sequence[Record]
    ) -> list[RowResult]:
        """Each record tells its value of the external id `key_field`, which none may share.

        A deleted record does not match: it would be made again.
        """
        path = f"composite/sobjects/{object_name}/{key_field}"
        return self._collection("PATCH", path, object_name, records)

    def delete(self, ids: Sequence[str]) -> list[RowResult]:
        _check_size(ids)
        params = {"ids": ",".join(ids), "allOrNone": "false"}
        body = self._call("DELETE", "composite/sobjects", params, writes=True)
        return _row_results(body, len(ids))

    def update_unless_changed(
        self, object_name: str, record_id: str, values: Record, *, since: datetime
    ) -> None:
        """Raises Permanent with the code "412" when somebody changed the record after `since`."""
        unmodified = since.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        self._call(
            "PATCH",
            f"sobjects/{object_name}/{record_id}",
            body=dict(values),
            headers={"If-Unmodified-Since": unmodified},
            writes=True,
        )

    def create_field(self, field: CustomField) -> None:
        """Add a custom field (doc: Tooling API, CustomField)."""
        self._call("POST", "tooling/sobjects/CustomField", body=field.as_metadata(), writes=True)

    # One call

    def _read(
        self, path: str, params: Mapping[str, str] | None = None, headers: Record | None = None
    ) -> Any:
        body = self._call("GET", path, params, headers=headers)
        if not isinstance(body, dict):
            raise nonsense(writes=False)
        return body

    def _replication(self, name: str, what: str, since: datetime, until: datetime) -> Any:
        params = {"start": as_stamp(since), "end": as_stamp(until)}
        return self._read(f"sobjects/{name}/{what}/", params)

    def _collection(
        self,
        method: str,
        path: str,
        object_name: str,
        records: Sequence[Record],
        headers: Record | None = None,
    ) -> list[RowResult]:
        _check_size(records)
        kind = {"attributes": {"type": object_name}}
        body = {"allOrNone": False, "records": [{**kind, **record} for record in records]}
        answer = self._call(method, path, body=body, headers=headers, writes=True)
        return _row_results(answer, len(records))

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        headers: Record | None = None,
        writes: bool = False,
    ) -> Any:
        request = {"json": body, "headers": {**_HEADERS, **(headers or {})}}
        refused = self._session.access_token
        try:
            return self._exchange(method, path, params, request, writes=writes)
        except SessionExpired:
            if self._renew is None:
                raise
        session = self._renew(refused)
        self._http.close()
        self._adopt(session)
        return self._exchange(method, path, params, request, writes=writes)

    def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        request: dict[str, Any],
        *,
        writes: bool,
    ) -> Any:
        # The library's errors carry the address, requests' also the token, so that none of them
        # may be the context of ours.
        failure: SyncError
        try:
            return self._salesforce.restful(path, dict(params or {}), method, **request)
        except SalesforceError as error:
            failure = refusal_of(error.status, error.content, writes=writes)
        except requests.JSONDecodeError:
            failure = nonsense(writes=writes)
        except requests.TooManyRedirects:
            failure = moved()
        except requests.RequestException as error:
            failure = not_answered(error, self._session.instance_url, writes=writes)
        except Misconfigured as error:
            failure = Misconfigured(error.message, setting="login_url")
        log.warning(
            "salesforce_call_failed",
            method=method,
            path=path.partition("?")[0],
            code=failure.code,
            kind=type(failure).__name__,
        )
        raise failure

    def _adopt(self, session: ApiSession) -> None:
        self._session = session
        self._http = session_for(session.instance_url)
        self._http.max_redirects = 0
        self._http.hooks["response"].append(self._note_answer)
        self._salesforce = Salesforce(
            session_id=session.access_token,
            instance_url=session.instance_url,
            session=self._http,
            version=API_VERSION,
        )

    def _note_answer(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """simple-salesforce keeps no headers, and none at all of a refusal."""
        usage = ApiUsage.from_header(response.headers.get("Sforce-Limit-Info", ""))
        with self._tally:
            self.calls += 1
            self.usage = usage or self.usage
            if "Date" in response.headers:
                self.server_time = parsedate_to_datetime(response.headers["Date"])


def _row_results(body: Any, expected: int) -> list[RowResult]:
    """Results are matched by their place, so any other number of them tells nothing of any."""
    try:
        results = [RowResult.from_json(row) for row in body or ()]
    except (KeyError, TypeError, AttributeError):
        results = []
    if len(results) != expected:
        raise Ambiguous("Salesforce answered for another number of records than it was sent.")
    return results


def _check_size(items: Sequence[object]) -> None:
    if len(items) > COLLECTION_MAX:
        raise ValueError(f"Salesforce takes {COLLECTION_MAX} records in a call, not {len(items)}.")
