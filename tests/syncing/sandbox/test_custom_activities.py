from datetime import UTC, datetime, timedelta

import pytest

from syncing.sandbox.marketo.custom_types import ATTRIBUTES_MAX

LOG = "/rest/v1/activities"
TYPE = f"{LOG}/external/type"
DATE = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def definition(name="Acme Email", **rest):
    return {
        "apiName": name.replace(" ", "_").lower(),
        "name": name,
        "triggerName": f"{name} Happens",
        "filterName": f"{name} Happened",
        "primaryAttribute": {"apiName": "subject", "name": "Subject"},
        **rest,
    }


def attribute(api_name, name, data_type="string"):
    return {"apiName": api_name, "name": name, "dataType": data_type}


@pytest.fixture
def email_type(api):
    """The id of an approved type with a text and a number."""
    api.post(f"{TYPE}.json", definition())
    attributes = [attribute("uuid", "Activity UUID"), attribute("opens", "Opens", "integer")]
    api.post(f"{TYPE}/acme_email/attributes/create.json", {"attributes": attributes})
    return api.post(f"{TYPE}/acme_email/approve.json")["result"][0]["id"]


def record(lead_id, type_id, **changes):
    return {
        "leadId": lead_id,
        "activityDate": DATE,
        "activityTypeId": type_id,
        "primaryAttributeValue": "Re: pricing",
        "attributes": [],
        **changes,
    }


def add(api, *records):
    return api.post(f"{LOG}/external.json", {"input": list(records)})


def test_a_type_is_a_draft_without_an_id_until_it_is_approved(api):
    draft = api.post(f"{TYPE}.json", definition())["result"][0]
    assert draft["status"] == "draft"
    assert "id" not in draft
    approved = api.post(f"{TYPE}/acme_email/approve.json")["result"][0]
    assert approved["status"] == "approved"
    assert approved["id"] >= 100_000
    listed = api.get(f"{LOG}/external/types.json")["result"]
    assert [known["apiName"] for known in listed] == ["acme_email"]
    types = {known["id"]: known for known in api.get(f"{LOG}/types.json")["result"]}
    assert types[approved["id"]]["primaryAttribute"] == {"name": "Subject", "dataType": "string"}


def test_changes_wait_in_a_draft_beside_the_live_version(api, email_type):
    changes = {"attributes": [attribute("sent_by", "Sent By")]}
    api.post(f"{TYPE}/acme_email/attributes/create.json", changes)
    described = api.get(f"{TYPE}/acme_email/describe.json")["result"][0]
    assert described["status"] == "approved with draft"
    assert [one["apiName"] for one in described["attributes"]] == ["uuid", "opens"]
    draft = api.get(f"{TYPE}/acme_email/describe.json", draft="true")["result"][0]
    assert [one["apiName"] for one in draft["attributes"]] == ["uuid", "opens", "sent_by"]
    api.post(f"{TYPE}/acme_email/discardDraft.json")
    assert api.get(f"{TYPE}/acme_email/describe.json")["result"][0]["status"] == "approved"


def test_attributes_are_updated_and_deleted_by_api_name(api, email_type):
    update = {"attributes": [{"apiName": "uuid", "name": "Our Id"}]}
    api.post(f"{TYPE}/acme_email/attributes/update.json", update)
    api.post(f"{TYPE}/acme_email/attributes/delete.json", {"attributes": [{"apiName": "opens"}]})
    assert api.post(f"{TYPE}/acme_email/approve.json")["result"][0]["id"] == email_type
    described = api.get(f"{TYPE}/acme_email/describe.json")["result"][0]
    assert [one["name"] for one in described["attributes"]] == ["Our Id"]


def test_names_of_an_approved_type_are_frozen(api, email_type):
    answer = api.post(f"{TYPE}/acme_email.json", {"triggerName": "Another Trigger"})
    assert answer["errors"][0]["code"] == "1003"
    assert api.post(f"{TYPE}/acme_email.json", {"description": "Emails"})["success"]


def test_a_deleted_type_is_gone(api, email_type):
    assert api.post(f"{TYPE}/acme_email/delete.json")["result"][0]["status"] == "deleted"
    assert api.code(f"{TYPE}/acme_email/describe.json") == "1013"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apiName": ""}, "1002"),
        ({"apiName": "123"}, "1003"),
        ({"name": "Bad-Name"}, "1003"),
        ({"triggerName": "Open Sales Email"}, "1003"),
        ({"primaryAttribute": attribute("a", "A", "blob")}, "1003"),
    ],
)
def test_a_type_that_is_not_in_order_is_refused(api, changes, code):
    assert api.post(f"{TYPE}.json", definition(**changes))["errors"][0]["code"] == code


def test_ten_types_and_twenty_attributes_are_the_most(api):
    assert api.post(f"{TYPE}.json", definition())["success"]
    assert api.post(f"{TYPE}.json", definition())["errors"][0]["code"] == "1005"
    for number in range(9):
        assert api.post(f"{TYPE}.json", definition(f"Type {number}"))["success"]
    assert api.post(f"{TYPE}.json", definition("One more"))["errors"][0]["code"] == "1027"
    many = [attribute(f"a{number}", f"A {number}") for number in range(ATTRIBUTES_MAX + 1)]
    answer = api.post(f"{TYPE}/acme_email/attributes/create.json", {"attributes": many})
    assert answer["errors"][0]["code"] == "1028"


def test_added_activities_can_be_read_back(sandbox, api, email_type):
    lead_id = min(sandbox.leads())
    attributes = [{"apiName": "uuid", "value": "0f5c"}, {"name": "Opens", "value": 3}]
    added = add(api, record(lead_id, email_type, attributes=attributes))["result"][0]
    assert added["status"] == "added"
    (row,), _ = api.feed("", api.feed_token(DATE), activityTypeIds=str(email_type))
    assert row["marketoGUID"] == added["marketoGUID"]
    assert (row["leadId"], row["activityDate"]) == (lead_id, DATE)
    assert row["primaryAttributeValue"] == "Re: pricing"
    assert row["attributes"] == [
        {"name": "Activity UUID", "value": "0f5c"},
        {"name": "Opens", "value": 3},
    ]


def test_each_record_is_added_or_skipped_on_its_own_in_order(sandbox, api, email_type):
    lead_id = min(sandbox.leads())
    huge = [{"apiName": "uuid", "value": "x" * 70_000}]
    answer = add(
        api,
        record(lead_id, email_type),
        record(999_999, email_type),
        record(lead_id, 99),
        record(lead_id, email_type, activityDate="soon"),
        record(lead_id, email_type, primaryAttributeValue=""),
        record(lead_id, email_type, attributes=[{"apiName": "nonsense", "value": "1"}]),
        record(lead_id, email_type, attributes=[{"apiName": "opens", "value": "many"}]),
        record(lead_id, email_type, attributes=huge),
        record(lead_id, email_type),
    )
    assert answer["success"] is True
    codes = [one.get("errors", [{"code": one["status"]}])[0]["code"] for one in answer["result"]]
    assert codes == ["added", "1004", "1003", "1003", "1002", "1003", "1001", "1049", "added"]


def test_a_type_that_was_never_approved_takes_no_records(sandbox, api):
    api.post(f"{TYPE}.json", definition())
    answer = add(api, record(min(sandbox.leads()), 100_001))
    assert answer["result"][0]["status"] == "skipped"


def test_at_most_300_records_a_call(sandbox, api, email_type):
    answer = add(api, *[record(min(sandbox.leads()), email_type)] * 301)
    assert answer["errors"][0]["code"] == "1003"


def test_the_body_must_be_json(api, email_type):
    path = f"{LOG}/external.json"
    json_type = {"Content-Type": "application/json"}
    assert api.raw(path, "POST", data="{", headers=json_type).json()["errors"][0]["code"] == "609"
    assert api.raw(path, "POST", data={"a": "b"}).json()["errors"][0]["code"] == "612"


def test_a_lost_answer_leaves_the_activity_in_the_log(sandbox, api, email_type):
    sandbox.add_fault("empty", f"{LOG}/external.json")
    uuid = [{"apiName": "uuid", "value": "lost"}]
    body = {"input": [record(min(sandbox.leads()), email_type, attributes=uuid)]}
    assert api.raw(f"{LOG}/external.json", "POST", json=body).content == b""
    rows, _ = api.feed("", api.feed_token(DATE), activityTypeIds=str(email_type))
    assert [row["attributes"][0]["value"] for row in rows] == ["lost"]


def test_a_fault_refuses_one_record_and_no_other(sandbox, api, email_type):
    lead_id = min(sandbox.leads())
    sandbox.add_fault("record", f"{LOG}/external.json", skip=1, code="719", message="Lock wait")
    rows = add(api, *[record(lead_id, email_type)] * 3)["result"]
    assert [row["status"] for row in rows] == ["added", "skipped", "added"]
    assert rows[1]["errors"] == [{"code": "719", "message": "Lock wait"}]
    assert len(sandbox.custom_activities()) == 2


def test_a_merge_takes_the_custom_activities_along(sandbox, api, email_type):
    loser, winner = sorted(sandbox.leads())[:2]
    add(api, record(loser, email_type, attributes=[{"apiName": "uuid", "value": "a"}]))
    sandbox.merge_leads(winner, [loser])
    (held,) = sandbox.custom_activities()
    assert (held["leadId"], held["attributes"]) == (winner, {"Activity UUID": "a"})
    (row,), _ = api.feed(
        "", api.feed_token(DATE), activityTypeIds=str(email_type), leadIds=str(winner)
    )
    assert row["leadId"] == winner
