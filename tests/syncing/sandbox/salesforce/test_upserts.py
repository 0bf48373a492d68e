import threading

import pytest

from tests.syncing.sandbox.salesforce.conftest import KEY, problem

pytestmark = pytest.mark.usefixtures("keyed")


def path(key, field=KEY):
    return f"/sobjects/Task/{field}/{key}"


def test_a_new_key_creates_and_a_known_one_changes(salesforce, api):
    made = api.patch(path("a1"), {"Subject": "First"})
    again = api.patch(path("A1"), {"Subject": "Second"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert again.json()["id"] == made.json()["id"]
    [task] = salesforce.live()
    assert (task[KEY], task["Subject"]) == ("a1", "Second")


def test_update_only_creates_nothing(salesforce, api):
    answer = api.call("PATCH", path("a1"), json={"Subject": "x"}, params={"updateOnly": "true"})
    assert problem(answer)[:2] == (404, "NOT_FOUND")
    assert salesforce.live() == []


def test_a_record_can_be_read_and_deleted_by_its_key(api):
    record_id = api.patch(path("a/b c"), {"Subject": "x"})
    assert record_id.status_code == 404
    made = api.patch(path("a%2Fb%20c"), {"Subject": "x"}).json()["id"]
    assert api.get(path("a%2Fb%20c")).json()["Id"] == made
    assert api.delete(path("a%2Fb%20c")).status_code == 204
    assert api.get(path("a%2Fb%20c")).status_code == 404


@pytest.mark.parametrize("name", [KEY, "Id", KEY.lower()])
def test_the_body_does_not_repeat_the_key(api, name):
    assert problem(api.patch(path("a1"), {name: "a1"}))[:2] == (400, "INVALID_FIELD")


def test_fields_that_are_no_external_id_find_nothing(api):
    answer = api.patch(path("x", field="CallObject"), {"Subject": "x"})
    assert problem(answer)[:2] == (404, "NOT_FOUND")


def test_several_matches_are_300_and_nothing_is_written(salesforce, api):
    salesforce.add_field("Loose__c", type="Text", length=10, externalId=True)
    ids = [api.create(Subject="Twin", Loose__c="x") for _ in range(2)]
    answer = api.patch(path("x", field="Loose__c"), {"Subject": "Changed"})
    assert answer.status_code == 300
    assert [url.rpartition("/")[2] for url in answer.json()] == ids
    assert {task["Subject"] for task in salesforce.live()} == {"Twin"}


def test_a_deleted_record_does_not_match_so_its_key_makes_another(salesforce, api):
    first = api.patch(path("a1"), {"Subject": "x"}).json()["id"]
    api.delete(f"/sobjects/Task/{first}")
    second = api.patch(path("a1"), {"Subject": "x"}).json()
    assert second["created"] is True
    assert second["id"] != first
    assert salesforce.records()[first]["IsDeleted"] is True


def test_creating_a_key_twice_names_the_record_that_has_it(api):
    first = api.create(Subject="x", **{KEY: "a1"})
    answer = api.post("/sobjects/Task", {"Subject": "y", KEY: "A1"})
    assert problem(answer) == (400, "DUPLICATE_VALUE", [])
    expected = f"duplicate value found: {KEY} duplicates value on record with id: {first[:15]}"
    assert answer.json()[0]["message"] == expected


def test_the_loser_of_a_race_is_told_of_the_winners_record(salesforce, api):
    salesforce.add_fault("race")
    answer = api.patch(path("a1"), {"Subject": "x"})
    assert problem(answer)[:2] == (400, "DUPLICATE_VALUE")
    [task] = salesforce.live()
    assert task["Id"][:15] in answer.json()[0]["message"]


def test_two_at_once_make_one_record(salesforce, api):
    answers = []

    def send():
        answers.append(api.patch(path("a1"), {"Subject": "x"}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 400}
    assert len(salesforce.live()) == 1


def test_racing_collections_lose_no_row_and_double_none(salesforce, api):
    keys = [str(number) for number in range(100)]
    told = {}

    def send():
        for row, key in zip(
            api.upsert_all(*({KEY: key} for key in keys)).json(), keys, strict=True
        ):
            told.setdefault(key, []).append(row)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(task[KEY] for task in salesforce.live()) == sorted(keys)
    for rows in told.values():
        codes = {row["errors"][0]["statusCode"] for row in rows if not row["success"]}
        assert codes <= {"DUPLICATE_VALUE"}
        assert [row.get("created") for row in rows].count(True) == 1
