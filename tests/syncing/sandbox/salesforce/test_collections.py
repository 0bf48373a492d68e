import pytest

from tests.syncing.sandbox.salesforce.conftest import KEY, problem

pytestmark = pytest.mark.usefixtures("keyed")


def task(key, **values):
    return {KEY: key, "Subject": "Email: Pricing", **values}


def codes(rows):
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in rows]


def test_results_come_in_the_order_of_the_request(api):
    [record_id] = [row["id"] for row in api.upsert_all(task("b")).json()]
    answer = api.upsert_all(task("a"), task("b"), task("c", Subject="x" * 256), task("d"))
    assert answer.status_code == 200
    rows = answer.json()
    assert [row["success"] for row in rows] == [True, True, False, True]
    assert [row.get("created") for row in rows] == [True, False, None, True]
    assert rows[1]["id"] == record_id
    assert "id" not in rows[2]
    [error] = rows[2]["errors"]
    assert (error["statusCode"], error["fields"]) == ("STRING_TOO_LONG", ["Subject"])


def test_a_wrong_row_leaves_the_others_alone(salesforce, api):
    bad = {"attributes": {"type": "Task"}, "Subject": "No key"}
    answer = api.upsert_all(task("a"), bad, task("c", Nonsense=1), task("d"))
    assert codes(answer.json()) == ["", "MISSING_ARGUMENT", "INVALID_FIELD", ""]
    assert [row[KEY] for row in salesforce.live()] == ["a", "d"]


def test_the_same_key_twice_in_a_call_is_refused_both_times(salesforce, api):
    answer = api.upsert_all(task("a"), task("b"), task("A"))
    assert codes(answer.json()) == ["DUPLICATE_VALUE", "", "DUPLICATE_VALUE"]
    assert "Duplicate external id specified" in answer.json()[0]["errors"][0]["message"]


def test_all_or_none_takes_everything_back(salesforce, api):
    answer = api.upsert_all(task("a"), task("b", Nonsense=1), task("c"), all_or_none=True)
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes(answer.json()) == [rolled_back, "INVALID_FIELD", rolled_back]
    assert salesforce.live() == []
    assert len(api.upsert_all(task("a"), task("b"), all_or_none=True).json()) == 2
    assert len(salesforce.live()) == 2


def test_an_unreadable_value_refuses_the_whole_call(salesforce, api):
    answer = api.upsert_all(task("a"), task("b", Subject=5))
    assert problem(answer)[:2] == (400, "JSON_PARSER_ERROR")
    assert salesforce.live() == []


def test_more_than_200_records_are_refused(api):
    answer = api.upsert_all(*(task(str(number)) for number in range(201)))
    assert problem(answer)[:2] == (400, "EXCEEDED_ID_LIMIT")
    assert api.upsert_all(*(task(str(number)) for number in range(200))).ok


def test_200_long_descriptions_fit_into_a_call(api):
    answer = api.upsert_all(*(task(str(n), Description="d" * 32_000) for n in range(200)))
    assert all(row["success"] for row in answer.json())


def test_records_are_created_updated_read_and_deleted_by_the_dozen(salesforce, api):
    items = [{"attributes": {"type": "Task"}, "Subject": str(number)} for number in range(12)]
    made = api.post("/composite/sobjects", {"records": items}).json()
    ids = [row["id"] for row in made]
    changes = [{"attributes": {"type": "Task"}, "id": item, "Status": "Completed"} for item in ids]
    changed = api.patch("/composite/sobjects", {"allOrNone": False, "records": changes}).json()
    assert [row["id"] for row in changed] == ids
    content = {"ids": [*ids, "00T5g0000Nzzzzz"], "fields": ["Subject", "IsClosed"]}
    found = api.post("/composite/sobjects/Task", content).json()
    assert [row["IsClosed"] for row in found[:-1]] == [True] * 12
    assert found[-1] is None
    gone = api.delete("/composite/sobjects", ids=",".join(ids), allOrNone="false").json()
    assert all(row["success"] for row in gone)
    assert salesforce.live() == []


def test_rows_that_are_gone_are_told_apart(api):
    record_id = api.create(Subject="x")
    api.delete(f"/sobjects/Task/{record_id}")
    ids = [record_id, "00T5g0000Nzzzzz", "nonsense"]
    records = [{"attributes": {"type": "Task"}, "id": item, "Subject": "y"} for item in ids]
    expected = ["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]
    updated = api.patch("/composite/sobjects", {"records": records}).json()
    assert codes(updated) == expected
    deleted = api.delete("/composite/sobjects", ids=",".join(ids)).json()
    assert codes(deleted) == expected
