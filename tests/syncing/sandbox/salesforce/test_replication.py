from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.syncing.sandbox.salesforce.conftest import problem

SECOND = timedelta(seconds=1)


def now(api):
    return parsedate_to_datetime(api.get("/limits").headers["Date"])


def changes(api, what, start, end):
    window = {"start": start.isoformat(), "end": end.isoformat()}
    return api.get(f"/sobjects/Task/{what}/", **window)


def test_changed_records_are_told_by_the_time_of_change(shared_sandbox, api):
    begin = now(api)
    old = api.create(Subject="Old")
    shared_sandbox.advance_clock(600)
    middle = now(api)
    new = api.create(Subject="New")
    answer = changes(api, "updated", begin, now(api) + SECOND).json()
    assert answer["ids"] == [old, new]
    assert answer["latestDateCovered"].endswith(".000+0000")
    assert changes(api, "updated", middle, now(api) + SECOND).json()["ids"] == [new]
    assert changes(api, "updated", begin, begin + 60 * SECOND).json()["ids"] == [old]


def test_deleted_records_are_told_even_from_outside_the_recycle_bin(salesforce, api):
    begin = now(api)
    ids = [api.create(Subject=str(number)) for number in range(3)]
    api.delete(f"/sobjects/Task/{ids[0]}")
    salesforce.empty_recycle_bin()
    salesforce.delete(ids[1])
    answer = changes(api, "deleted", begin, now(api) + SECOND).json()
    assert {row["id"] for row in answer["deletedRecords"]} == set(ids[:2])
    assert {"earliestDateAvailable", "latestDateCovered"} < set(answer)
    assert changes(api, "updated", begin, now(api) + SECOND).json()["ids"] == ids[2:]


def test_an_open_transaction_holds_back_what_is_covered(shared_sandbox, salesforce, api):
    begin = now(api)
    salesforce.add_fault("late_commit", path="*/sobjects/Task", seconds=3600)
    with pytest.raises(requests.ConnectionError):
        api.post("/sobjects/Task", {"Subject": "Late"})
    shared_sandbox.advance_clock(600)
    window = begin - SECOND, now(api) + SECOND
    held = changes(api, "updated", *window).json()
    assert held["ids"] == []
    assert held["latestDateCovered"] < now(api).strftime("%Y-%m-%dT%H:%M:%S")
    salesforce.commit_late()
    [late] = changes(api, "updated", *window).json()["ids"]
    # It is told of with the time when it was asked for, not when it was committed.
    assert api.task(late)["SystemModstamp"] <= held["latestDateCovered"]


@pytest.mark.parametrize(
    ("what", "start", "end"),
    [
        ("updated", timedelta(), timedelta()),
        ("updated", timedelta(days=-31), timedelta()),
        ("deleted", timedelta(days=-16), timedelta()),
        ("updated", timedelta(days=1), timedelta(days=2)),
    ],
)
def test_windows_that_make_no_sense_are_refused(api, what, start, end):
    moment = now(api)
    answer = changes(api, what, moment + start, moment + end)
    assert problem(answer)[:2] == (400, "INVALID_REPLICATION_DATE")


def test_a_moment_without_a_zone_is_refused(api):
    window = {"start": "2026-11-22T00:00:00", "end": "2026-11-23T00:00:00"}
    answer = api.get("/sobjects/Task/updated/", **window)
    assert problem(answer)[:2] == (400, "INVALID_REPLICATION_DATE")
