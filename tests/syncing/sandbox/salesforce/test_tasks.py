import pytest

from syncing.sandbox import OWNERS
from tests.syncing.sandbox.salesforce.conftest import problem

SAM = OWNERS[0].salesforce_id


def test_a_task_has_defaults_and_what_follows_from_them(api):
    task = api.task(api.create(Subject="Call back"))
    expected = {
        "Status": "Not Started",
        "Priority": "Normal",
        "TaskSubtype": "Task",
        "OwnerId": SAM,
        "CreatedById": SAM,
        "IsClosed": False,
        "IsHighPriority": False,
        "CompletedDateTime": None,
        "IsDeleted": False,
    }
    assert expected.items() <= task.items()
    assert task["SystemModstamp"].endswith(".000+0000")


def test_ids_have_their_prefix_and_checksum_and_are_found_by_fifteen_characters(api):
    record_id = api.create(Subject="Here")
    assert len(record_id) == 18
    assert record_id.startswith("00T")
    assert api.task(record_id[:15])["Id"] == record_id
    assert api.values(f"SELECT Id FROM Task WHERE Id = '{record_id[:15]}'") == [record_id]


def test_field_and_object_names_may_be_written_in_any_case(api):
    made = api.post("/sobjects/task", {"subject": "Any case"}).json()["id"]
    assert api.get(f"/sobjects/TASK/{made}", fields="SUBJECT").json()["Subject"] == "Any case"
    assert api.values("select SUBJECT from TASK where subject = 'any case'") == ["Any case"]


def test_completing_sets_the_date_and_reopening_clears_it(shared_sandbox, api):
    record_id = api.create(Subject="Do", Status="Completed")
    done = api.task(record_id)
    assert done["IsClosed"] is True
    assert done["CompletedDateTime"] == done["CreatedDate"]
    shared_sandbox.advance_clock(60)
    api.patch(f"/sobjects/Task/{record_id}", {"Subject": "Done"})
    assert api.task(record_id)["CompletedDateTime"] == done["CompletedDateTime"]
    api.patch(f"/sobjects/Task/{record_id}", {"Status": "In Progress"})
    assert api.task(record_id)["CompletedDateTime"] is None


def test_a_change_moves_the_stamps_by_the_sandbox_clock(shared_sandbox, api):
    record_id = api.create(Subject="Old")
    before = api.task(record_id)
    shared_sandbox.advance_clock(3600)
    api.patch(f"/sobjects/Task/{record_id}", {"Subject": "New"})
    after = api.task(record_id)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == after["SystemModstamp"]
    assert after["CreatedDate"] == before["CreatedDate"]


def test_a_task_of_a_lead_relates_to_nothing_else(api):
    account = api.values("SELECT Id FROM Account LIMIT 1")[0]
    values = {"Subject": "Hi", "WhoId": api.lead_id(), "WhatId": account}
    answer = api.post("/sobjects/Task", values)
    assert problem(answer) == (400, "FIELD_INTEGRITY_EXCEPTION", ["WhatId"])


def test_the_account_comes_from_what_it_is_about_or_from_the_contact(api):
    contact_id = api.contact_id()
    account = api.get(f"/sobjects/Contact/{contact_id}").json()["AccountId"]
    other = api.create("Account", Name="Other, Inc.")
    by_contact = api.create(Subject="Hi", WhoId=contact_id)
    by_account = api.create(Subject="Hi", WhoId=contact_id, WhatId=other)
    assert api.task(by_contact)["AccountId"] == account
    assert api.task(by_account)["AccountId"] == other
    assert api.task(api.create(Subject="Hi", WhoId=api.lead_id()))["AccountId"] is None


@pytest.mark.parametrize("name", ["IsClosed", "SystemModstamp", "AccountId", "CompletedDateTime"])
def test_what_is_derived_cannot_be_written(api, name):
    answer = api.post("/sobjects/Task", {"Subject": "Hi", name: None})
    assert problem(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", [name])


def test_the_subtype_is_for_creation_only(api):
    record_id = api.create(Subject="Hi", TaskSubtype="Email")
    answer = api.patch(f"/sobjects/Task/{record_id}", {"TaskSubtype": "Call"})
    assert problem(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["TaskSubtype"])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Status": "Nonsense"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Type": "Reply"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Status": None}, "REQUIRED_FIELD_MISSING"),
        ({"WhoId": "nonsense"}, "MALFORMED_ID"),
        ({"WhoId": "00Q5g0000Nzzzzz"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"WhoId": SAM}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"CallDurationInSeconds": 2**31}, "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_values_that_do_not_fit_are_refused(api, values, code):
    record_id = api.create(Subject="Hi")
    answer = api.patch(f"/sobjects/Task/{record_id}", values)
    assert problem(answer) == (400, code, list(values))


def test_inactive_users_own_nothing_new(salesforce, api):
    salesforce.change_user(OWNERS[2].salesforce_id, IsActive=False)
    answer = api.post("/sobjects/Task", {"Subject": "Hi", "OwnerId": OWNERS[2].salesforce_id})
    assert problem(answer) == (400, "INACTIVE_OWNER_OR_USER", ["OwnerId"])


def test_text_is_trimmed_and_nothing_is_null(api):
    task = api.task(api.create(Subject="  Hi  ", Description="", CallObject="   "))
    assert (task["Subject"], task["Description"], task["CallObject"]) == ("Hi", None, None)


def test_moments_are_kept_in_gmt(api):
    record_id = api.create(Subject="Hi", ReminderDateTime="2026-11-22T09:30:00+02:00")
    assert api.task(record_id)["ReminderDateTime"] == "2026-11-22T07:30:00.000+0000"


def test_a_condition_on_the_time_of_change_is_kept(shared_sandbox, api):
    record_id = api.create(Subject="Old")
    read = api.get(f"/sobjects/Task/{record_id}").headers["Date"]
    condition = {"If-Unmodified-Since": read}
    path = f"/sobjects/Task/{record_id}"
    shared_sandbox.advance_clock(60)
    assert api.patch(path, {"Subject": "New"}, headers=condition).status_code == 204
    assert api.patch(path, {"Subject": "Late"}, headers=condition).status_code == 412
    assert api.task(record_id)["Subject"] == "New"


def test_renamed_statuses_decide_what_is_closed(salesforce, api):
    values = [{"value": "Todo", "is_default": True}, {"value": "Done", "is_closed": True}]
    salesforce.set_picklist("Task.Status", values)
    assert api.task(api.create(Subject="Hi"))["Status"] == "Todo"
    assert api.task(api.create(Subject="Hi", Status="Done"))["IsClosed"] is True
    rows = api.query("SELECT ApiName, IsClosed, IsDefault FROM TaskStatus")["records"]
    assert [(row["ApiName"], row["IsClosed"], row["IsDefault"]) for row in rows] == [
        ("Todo", False, True),
        ("Done", True, False),
    ]
