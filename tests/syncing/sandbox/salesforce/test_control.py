import pytest
import requests

from syncing.sandbox import OWNERS
from syncing.sandbox.testing import SandboxError

SARA = OWNERS[1].salesforce_id


def get(salesforce, path, **rest):
    return requests.get(f"{salesforce.base_url}{path}", timeout=10, **rest)


def test_the_page_and_its_parts_are_served_under_a_strict_policy(salesforce):
    for path in ("/salesforce", "/salesforce/control/page.css", "/salesforce/control/page.js"):
        page = get(salesforce, path)
        assert page.ok
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/{id}", "/lightning/r/Task/{id}/view"])
def test_a_records_address_leads_to_the_page(salesforce, address):
    record_id = salesforce.create("Task", Subject="Mine", user=SARA)
    answer = get(salesforce, address.format(id=record_id), allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/salesforce#{record_id}")


def test_a_human_works_as_any_user(salesforce):
    record_id = salesforce.create("Task", Subject="Mine", user=SARA)
    record = salesforce.record(record_id)
    assert (record["OwnerId"], record["CreatedById"]) == (SARA, SARA)
    salesforce.update(record_id, Status="Completed", user=OWNERS[0].salesforce_id)
    record = salesforce.record(record_id)
    assert record["IsClosed"] is True
    assert record["LastModifiedById"] == OWNERS[0].salesforce_id


def test_a_human_neither_costs_calls_nor_meets_faults(salesforce):
    salesforce.add_fault("record", times=0)
    salesforce.create("Task", Subject="Fine")
    assert salesforce.api_usage() == 0


def test_records_are_found_and_so_is_the_recycle_bin(salesforce):
    kept, gone = (salesforce.create("Task", Subject=f"{name} pricing") for name in ("Old", "New"))
    salesforce.delete(gone)

    def found(**query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return [row["Id"] for row in salesforce.read(f"search?object=Task&{text}")]

    assert found(q="pricing") == [kept]
    assert found(q="PRICING", deleted=1) == [gone]
    assert found(q="nothing") == []


def test_a_colleague_joins(salesforce):
    user_id = salesforce.create_user("Nia", "Lowe", "nia@example.com")
    assert salesforce.users()["nia@example.com"]["Id"] == user_id
    assert salesforce.sign_in("nia@example.com")["id"].endswith(user_id)


def test_requests_are_shown_without_secrets(api):
    api.query("SELECT Id FROM Task")
    shown = api.salesforce.read("requests")
    assert shown[0]["path"] == "/services/data/v66.0/query?q=SELECT Id FROM Task"
    assert "/services/oauth2/token" in {entry["path"] for entry in shown}
    assert api.tokens["access_token"] not in str(shown)
    assert api.salesforce.client_secret not in str(shown)
    assert api.salesforce.calls()["GET /services/data/v66.0/query"] == 1


def test_a_reset_makes_a_fresh_org(salesforce, api):
    api.create(Subject="Old")
    salesforce.add_field("Extra__c", type="Checkbox")
    salesforce.set_access("Task.CallObject", "none")
    salesforce.add_fault("error", times=0)
    salesforce.reset(rotation=True)
    assert salesforce.live() == []
    assert salesforce.read("shape")["custom_fields"] == []
    assert salesforce.read("shape")["hidden"] == []
    assert salesforce.read("faults") == []
    assert salesforce.read("settings")["rotation"] is True
    assert api.get("/limits").status_code == 401


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("update", {"id": "00T5g0000Nzzzzz", "values": {"Subject": "x"}}),
        ("update", {"id": "nonsense", "values": {}}),
        ("create", {"object": "Nothing", "values": {}}),
        ("create", {"object": "Task", "values": {"Status": "Nonsense"}}),
        ("undelete", {"id": "00T5g0000Nzzzzz"}),
        ("set_access", {"field": "Task.Nonsense", "access": "none"}),
        ("set_access", {"field": "Task.Status", "access": "none"}),
        ("set_access", {"field": "Task.Type", "access": "maybe"}),
        ("change_settings", {"nonsense": 1}),
        ("change_settings", {"rotation": 1}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(salesforce, verb, body):
    with pytest.raises(SandboxError, match="error"):
        salesforce.control(verb, **body)


def test_forms_of_other_sites_cannot_use_the_controls(salesforce):
    salesforce.create("Task", Subject="Kept")
    url = f"{salesforce.base_url}/salesforce/control/reset"
    assert requests.post(url, data={"x": 1}, timeout=10).status_code == 415
    assert len(salesforce.live()) == 1
    assert get(salesforce, "/salesforce/control/nonsense").status_code == 404
