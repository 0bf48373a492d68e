import hashlib
from datetime import datetime, timedelta

import pytest

from syncing.sandbox import SANDBOX_SMART_LIST_ID

OWNED = {"smartListId": SANDBOX_SMART_LIST_ID}
NASTY = [
    'quo"te',
    "com,ma",
    "lone\rreturn",
    "line\r\nbreak",
    "new\nline",
    "nul\0byte, too",
    "back\\slash",
    "null",
    "NULL",
    "=1+1",
    "漢字",
    "🚀👩‍👩‍👧",
    "עברית",
    "e\u0301",
    "<b>&amp;</b>",
    "x" * 255,
    "  blanks  ",
    "\u2028separator",
    "'single'",
    "tab\tbed",
]


def test_a_smart_list_export_holds_everybody_with_an_owner(sandbox, api):
    fields = ["id", "firstName", "lastName", "email", "company", "title", "unsubscribed"]
    job = api.completed_export(fields, OWNED)
    rows = api.rows(job)
    owned = {
        lead["id"]: lead for lead in sandbox.leads().values() if lead["sfdcLeadOwnerId"] is not None
    }
    assert job["numberOfRecords"] == len(rows) == len(owned)
    for row in rows:
        lead = owned[int(row["id"])]
        assert row == {name: _cell(lead[name]) for name in fields}


def test_a_job_goes_from_created_to_completed(sandbox, api):
    sandbox.change_settings(export_queue_seconds=0.3, export_seconds=0.3)
    job = api.create_export(["id"], OWNED)["result"][0]
    assert (job["status"], job["format"]) == ("Created", "CSV")
    assert "fileSize" not in job
    assert api.enqueue(job["exportId"])["result"][0]["status"] == "Queued"
    for status in ("Processing", "Completed"):
        api.await_status(job["exportId"], status)


def test_the_checksum_and_size_are_those_of_the_file(sandbox, api):
    job = api.completed_export(["id", "email"], OWNED)
    answer = api.file(job)
    assert answer.headers["Content-Type"] == "text/csv;charset=UTF-8"
    assert "Content-Encoding" not in answer.headers
    assert len(answer.content) == job["fileSize"]
    assert job["fileChecksum"] == f"sha256:{hashlib.sha256(answer.content).hexdigest()}"


def test_a_range_of_the_file_is_served(sandbox, api):
    job = api.completed_export(["id", "email"], OWNED)
    whole = api.file(job).content
    part = api.file(job, Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert api.file(job, Range="bytes=100-").content == whole[100:]
    assert api.file(job, Range="bytes=-5").content == whole[-5:]
    assert api.file(job, Range=f"bytes={len(whole)}-").status_code == 416


@pytest.mark.parametrize("text", NASTY)
def test_strings_survive_the_csv(sandbox, api, text):
    lead_id = sandbox.create_lead(lastName=text, sfdcType="Lead", sfdcLeadOwnerId="005x")
    row = api.rows(api.completed_export(["id", "lastName", "firstName"], OWNED))[-1]
    assert row == {"id": str(lead_id), "lastName": text, "firstName": "null"}
    assert api.leads([lead_id], "lastName")[0]["lastName"] == text


def test_an_absent_value_is_a_bare_null_and_the_word_is_quoted(sandbox, api):
    sandbox.create_lead(lastName="null", sfdcType="Lead", sfdcLeadOwnerId="005x")
    job = api.completed_export(["lastName", "firstName"], OWNED)
    assert api.file(job).content.endswith(b'\n"null",null\n')


def test_created_at_windows_include_both_ends(sandbox, api):
    leads = sorted(sandbox.leads().values(), key=lambda lead: lead["createdAt"])[10:14]
    window = {"startAt": leads[0]["createdAt"], "endAt": leads[-1]["createdAt"]}
    rows = api.rows(api.completed_export(["id"], {"createdAt": window}))
    assert [int(row["id"]) for row in rows] == [lead["id"] for lead in leads]


def test_a_window_is_at_most_31_days(api):
    window = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:01Z"}
    assert _code(api.create_export(["id"], {"createdAt": window})) == "1003"
    window["endAt"] = "2026-02-01T00:00:00Z"
    assert api.create_export(["id"], {"createdAt": window})["success"]


def test_the_updated_at_filter_sees_changes_that_updated_at_does_not_show(sandbox, api):
    sandbox.change_settings(updated_at_filter=True)
    lead_id = sandbox.create_lead(lastName="Quiet", sfdcType="Lead")
    sandbox.advance_clock(3600)
    api.sign_in()
    sandbox.set_owner(lead_id, None)
    sandbox.set_owner(lead_id, "005x")
    now = sandbox.read("stats")["now"]
    half_hour = {"startAt": _minutes_before(now, 30), "endAt": now}
    rows = api.rows(api.completed_export(["id"], {"updatedAt": half_hour}))
    assert [row["id"] for row in rows] == [str(lead_id)]


def test_filters_that_the_instance_lacks_are_1035(sandbox, api):
    window = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-01-02T00:00:00Z"}
    assert _code(api.create_export(["id"], {"updatedAt": window})) == "1035"
    sandbox.change_settings(smart_list_filter=False)
    assert _code(api.create_export(["id"], OWNED)) == "1035"
    assert _code(api.create_export(["id"], {"smartListName": "Has a sales owner"})) == "1035"


@pytest.mark.parametrize(
    "filter_", [None, {}, {"nonsense": 1}, {"smartListId": 5}, {"createdAt": {}, **OWNED}]
)
def test_a_filter_must_be_exactly_one_that_exists(api, filter_):
    assert _code(api.create_export(["id"], filter_)) == "1003"


def test_an_unknown_field_fails_the_export(api):
    assert _code(api.create_export(["id", "nonsense"], OWNED)) == "1003"


def test_headers_may_be_renamed(api):
    job = api.completed_export(["id", "email"], OWNED, columnHeaderNames={"id": "Marketo Id"})
    assert api.file(job).text.startswith("Marketo Id,email\n")


def test_two_run_and_ten_wait_and_the_next_is_told_too_many(sandbox, api):
    sandbox.change_settings(export_seconds=30.0)
    jobs = [api.create_export(["id"], OWNED)["result"][0]["exportId"] for _ in range(11)]
    for job in jobs[:10]:
        assert api.enqueue(job)["success"]
    assert _error(api.enqueue(jobs[10])) == ("1029", "Too many jobs in queue")
    assert _error(api.enqueue(jobs[0])) == ("1029", "Job already queued")
    for job in jobs[:2]:
        api.await_status(job, "Processing")
    listed = api.get("/bulk/v1/leads/export.json", status="processing,queued")["result"]
    assert [job["status"] for job in listed] == ["Queued"] * 8 + ["Processing"] * 2
    cancelled = api.post(f"/bulk/v1/leads/export/{jobs[0]}/cancel.json")["result"][0]
    assert cancelled["status"] == "Cancelled"
    assert api.enqueue(jobs[10])["success"]
    for job in jobs[1:]:
        api.post(f"/bulk/v1/leads/export/{job}/cancel.json")


def test_the_daily_megabytes_run_out_and_come_back(sandbox, api):
    sandbox.set_limits(export_daily_bytes=1_000_000)
    waiting = api.create_export(["id"], OWNED)["result"][0]["exportId"]
    sandbox.set_limits(export_daily_bytes=0)
    quota = ("1029", "Export daily quota 0MB exceeded.")
    assert _error(api.create_export(["id"], OWNED)) == quota
    assert _error(api.enqueue(waiting)) == quota
    sandbox.set_limits(export_daily_bytes=100)
    api.completed_export(["id"], OWNED)
    assert _code(api.create_export(["id"], OWNED)) == "1029"
    sandbox.advance_clock(86_400)
    api.sign_in()
    assert api.create_export(["id"], OWNED)["success"]


def test_a_file_that_is_not_there_is_a_plain_404(sandbox, api):
    job = api.create_export(["id"], OWNED)["result"][0]
    answer = api.file(job)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert api.file({"exportId": "unknown"}).status_code == 404


def test_a_file_is_gone_after_seven_days(sandbox, api):
    job = api.completed_export(["id"], OWNED)
    sandbox.advance_clock(8 * 86_400)
    api.sign_in()
    assert api.file(job).status_code == 404
    assert api.get("/bulk/v1/leads/export.json")["result"] == []


def test_the_list_pages_newest_first(sandbox, api):
    made = [api.create_export(["id"], OWNED)["result"][0]["exportId"] for _ in range(3)]
    first = api.get("/bulk/v1/leads/export.json", batchSize=2)
    rest = api.get("/bulk/v1/leads/export.json", batchSize=2, nextPageToken=first["nextPageToken"])
    assert [job["exportId"] for job in first["result"] + rest["result"]] == made[::-1]
    assert "nextPageToken" not in rest


def _cell(value):
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(answer):
    return answer["errors"][0]["code"], answer["errors"][0]["message"]


def _code(answer):
    return _error(answer)[0]


def _minutes_before(stamp, minutes):
    moment = datetime.fromisoformat(stamp) - timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
