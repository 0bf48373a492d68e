"""Marketo's REST and bulk API, one method for each call the product makes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from syncing.errors import Permanent, Transient
from syncing.marketo.budget import CallBudget, Priority
from syncing.marketo.credentials import Credentials
from syncing.marketo.csv_rows import ExportBatch, read_batches
from syncing.marketo.custom_activities import CustomActivities
from syncing.marketo.envelope import Envelope
from syncing.marketo.exports import file_chunks
from syncing.marketo.reading import all_records, readable_records
from syncing.marketo.records import (
    Activity,
    ActivityType,
    DailyUsage,
    FeedPage,
    Lead,
    LeadChange,
    LeadExport,
    LeadField,
    OpportunityRole,
)
from syncing.marketo.transport import Endpoint, Transport

_MOST_VALUES = 300
_MOST_TYPES = 10
MOST_LEADS = 30
_PAGE = str(_MOST_VALUES)

# The seconds are Marketo's own time limits and a little more (doc: endpoint pages, "Timeouts").
_DESCRIBE = Endpoint("GET", "/rest/v1/leads/describe2.json")
_LEADS = Endpoint("GET", "/rest/v1/leads.json", 65)
_PAGING_TOKEN = Endpoint("GET", "/rest/v1/activities/pagingtoken.json", 305, may_omit_result=True)
_LEAD_CHANGES = Endpoint("GET", "/rest/v1/activities/leadchanges.json", may_omit_result=True)
_ACTIVITIES = Endpoint("GET", "/rest/v1/activities.json", may_omit_result=True)
_DELETED_LEADS = Endpoint("GET", "/rest/v1/activities/deletedleads.json", may_omit_result=True)
_ACTIVITY_TYPES = Endpoint("GET", "/rest/v1/activities/types.json")
_ROLES = Endpoint("GET", "/rest/v1/opportunities/roles.json", 65)
_USAGE = Endpoint("GET", "/rest/v1/stats/usage/last7days.json")
_EXPORT = "/bulk/v1/leads/export"
_CREATE_EXPORT = Endpoint("POST", f"{_EXPORT}/create.json", writes=True)

_UNSUPPORTED_METHOD = "605"

Record = TypeVar("Record")


class MarketoClient:
    """One Marketo instance as seen by one caller; may be used by several threads at once.

    Raises the errors of syncing.errors. Reads repeat what may pass by itself; what writes does
    not, and raises Ambiguous when it may have worked.
    """

    def __init__(
        self,
        credentials: Credentials,
        budget: CallBudget,
        priority: Priority = Priority.BACKGROUND,
        *,
        within_seconds: float = math.inf,
    ) -> None:
        """`within_seconds` from now all is over: what is not answered by then is Transient."""
        self._budget = budget
        self._transport = Transport(credentials, budget, priority, within_seconds=within_seconds)
        self.custom_activities = CustomActivities(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._transport.close()

    @property
    def calls(self) -> int:
        """API calls made so far, repeated ones counted again, those for tokens not."""
        return self._transport.calls

    @property
    def bytes_downloaded(self) -> int:
        """Bytes of answers and files read so far."""
        return self._transport.bytes_downloaded

    def authenticate(self) -> None:
        """Get a new token; raises Misconfigured("credentials") if Marketo does not know us."""
        self._transport.authenticate()

    def describe_leads(self) -> tuple[LeadField, ...]:
        """The lead fields of this instance; asking for any other fails the whole call."""
        answer = self._transport.call(_DESCRIBE)
        fields = [field for row in answer.rows for field in row.get("fields") or ()]
        return tuple(all_records(LeadField.from_json, fields, answer))

    def leads(
        self, filter_type: str, values: Sequence[object], fields: Sequence[str]
    ) -> list[Lead]:
        """The leads that match any of at most 300 values, in no order, each once.

        Ids of deleted and merged leads are silently missing, so no row may be left out because it
        cannot be read. Raises Permanent("1003") above 1,000 matches.
        """
        _refuse_more_than(_MOST_VALUES, values)
        params = {
            "filterType": filter_type,
            "filterValues": ",".join(map(str, values)),
            "fields": ",".join(fields),
            "batchSize": _PAGE,
        }
        try:
            found = {
                lead.id: lead
                for page in self._pages(_LEADS, params)
                for lead in all_records(Lead.from_json, page.rows, page)
            }
        except Permanent as error:
            # Marketo refuses forms now and then; halves make addresses that need none.
            is_form = self._transport.goes_as_form(_LEADS, params)
            if error.code != _UNSUPPORTED_METHOD or not is_form or len(values) == 1:
                raise
            middle = len(values) // 2
            return [
                *self.leads(filter_type, values[:middle], fields),
                *self.leads(filter_type, values[middle:], fields),
            ]
        return list(found.values())

    def mint_paging_token(self, since: datetime) -> str:
        """Where the feeds begin that tell what happened since then."""
        text = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = self._transport.call(_PAGING_TOKEN, {"sinceDatetime": text})
        if not answer.next_token:
            raise Transient("Marketo gave no paging token.", request_id=answer.request_id)
        return answer.next_token

    def lead_changes(self, token: str, fields: Sequence[str]) -> FeedPage[LeadChange]:
        """One page of changes to these fields, and of new leads. Other fields may slip in."""
        return self._feed(_LEAD_CHANGES, token, {"fields": ",".join(fields)}, LeadChange.from_json)

    def activities(
        self, token: str, activity_type_ids: Sequence[int], lead_ids: Sequence[int] = ()
    ) -> FeedPage[Activity]:
        """One page of the activity log: at most ten types, and of at most 30 leads, or of all."""
        _refuse_more_than(_MOST_TYPES, activity_type_ids)
        _refuse_more_than(MOST_LEADS, lead_ids)
        params = {"activityTypeIds": ",".join(map(str, activity_type_ids))}
        if lead_ids:
            params["leadIds"] = ",".join(map(str, lead_ids))
        return self._feed(_ACTIVITIES, token, params, Activity.from_json)

    def deleted_leads(self, token: str) -> FeedPage[Activity]:
        """One page of deletions (type 37); older than 14 days they may be gone."""
        return self._feed(_DELETED_LEADS, token, {}, Activity.from_json)

    def activity_types(self) -> tuple[ActivityType, ...]:
        answer = self._transport.call(_ACTIVITY_TYPES)
        return tuple(all_records(ActivityType.from_json, answer.rows, answer))

    def opportunity_roles(self, lead_ids: Sequence[int]) -> list[OpportunityRole]:
        """The opportunities of at most 300 leads; a role that cannot be read is left out.

        Raises Permanent("1018") or Misconfigured("permissions") where a native CRM sync or the
        API user's role keeps them from us.
        """
        _refuse_more_than(_MOST_VALUES, lead_ids)
        params = {
            "filterType": "leadId",
            "filterValues": ",".join(map(str, lead_ids)),
            "batchSize": _PAGE,
        }
        return list(
            {
                role.marketo_guid: role
                for page in self._pages(_ROLES, params)
                for role in readable_records(OpportunityRole.from_json, page, _ROLES)[0]
            }.values()
        )

    def usage_last_7_days(self) -> list[DailyUsage]:
        """Everybody's API calls by day; today's number is taken into the budget."""
        answer = self._transport.call(_USAGE)
        usage = all_records(DailyUsage.from_json, answer.rows, answer)
        for day in usage:
            self._budget.observe(day.day, day.total)
        return usage

    def create_lead_export(self, fields: Sequence[str], filter: Mapping[str, Any]) -> LeadExport:  # noqa: A002
        """Create a bulk extract job; keep its id before enqueueing it, or its megabytes are lost.

        Raises Permanent("1035") where the subscription does not support the filter.
        """
        body = {"format": "CSV", "fields": list(fields), "filter": dict(filter)}
        return _export(self._transport.call(_CREATE_EXPORT, body=body))

    def enqueue_lead_export(self, export_id: str) -> LeadExport:
        """Queue a created job; one that is queued already is as good."""
        answer = self._transport.call(Endpoint("POST", f"{_EXPORT}/{export_id}/enqueue.json"))
        return _export(answer) if answer.rows else self.lead_export_status(export_id)

    def lead_export_status(self, export_id: str) -> LeadExport:
        """Where a job stands; Marketo looks anew only once a minute."""
        return _export(self._transport.call(Endpoint("GET", f"{_EXPORT}/{export_id}/status.json")))

    def cancel_lead_export(self, export_id: str) -> LeadExport:
        """Cancel a job; raises Permanent("1037") when it is over already."""
        return _export(self._transport.call(Endpoint("POST", f"{_EXPORT}/{export_id}/cancel.json")))

    def lead_export_rows(
        self, export: LeadExport, offset: int = 0, header: Sequence[str] | None = None
    ) -> Iterator[ExportBatch]:
        """The rows of a completed export in batches, streamed.

        To go on after a batch, pass its `next_offset` and its `columns` as the header; from there
        on the size of the file is checked, its checksum not.
        """
        if offset and header is None:
            raise ValueError("Beyond the first line of a file, the header has to be given.")
        chunks = file_chunks(self._transport, export, offset=offset)
        return read_batches(chunks, offset=offset, columns=header)

    def _pages(self, endpoint: Endpoint, params: Mapping[str, str]) -> Iterator[Envelope]:
        """All pages of a search: the token is absent from the last one (doc: paging-tokens.md)."""
        token = ""
        seen = {token}
        while True:
            page = {**params, "nextPageToken": token} if token else params
            answer = self._transport.call(endpoint, page)
            yield answer
            token = answer.next_token
            if not token or answer.more is False:
                return
            _refuse_repeated(token, seen, answer)
            seen.add(token)

    def _feed(
        self,
        endpoint: Endpoint,
        token: str,
        params: Mapping[str, str],
        make: Callable[[Any], Record],
    ) -> FeedPage[Record]:
        """One page of a feed, which always has a token and ends where `moreResult` is false."""
        query = {"nextPageToken": token, "batchSize": _PAGE, **params}
        answer = self._transport.call(endpoint, query)
        items, bad_rows = readable_records(make, answer, endpoint)
        more = bool(answer.rows) if answer.more is None else answer.more
        if more:
            _refuse_repeated(answer.next_token, {"", token}, answer)
        return FeedPage(tuple(items), answer.next_token or token, more, tuple(bad_rows))


def _refuse_more_than(number: int, values: Sequence[object]) -> None:
    """Marketo has no error for too many: it breaks the connection."""
    if len(values) > number:
        raise ValueError(f"Marketo takes {number} values at a time, not {len(values)}.")


def _export(answer: Envelope) -> LeadExport:
    if not answer.rows:
        raise Transient("Marketo says nothing about the export.", request_id=answer.request_id)
    return all_records(LeadExport.from_json, answer.rows[:1], answer)[0]


def _refuse_repeated(token: str, seen: set[str], answer: Envelope) -> None:
    """Going on with a token that led here would never end."""
    if token in seen:
        raise Transient("Marketo repeats a page.", request_id=answer.request_id)
