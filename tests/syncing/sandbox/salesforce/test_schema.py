import pytest

from tests.syncing.sandbox.salesforce.conftest import KEY, problem

OBJECTS = (
    "Task Lead Contact Account Opportunity OpportunityContactRole User Group TaskStatus"
    " TaskPriority Organization PermissionSet PermissionSetAssignment"
).split()


def fields(api, object_name="Task"):
    found = api.get(f"/sobjects/{object_name}/describe").json()["fields"]
    return {field["name"]: field for field in found}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_described_and_can_be_queried(api, name):
    described = api.get(f"/sobjects/{name}/describe").json()
    assert described["name"] == name
    names = ", ".join(field["name"] for field in described["fields"])
    for record in api.query(f"SELECT {names} FROM {name} LIMIT 3")["records"]:
        assert record["Id"].startswith(described["keyPrefix"])


def test_all_objects_are_listed(api):
    listed = api.get("/sobjects").json()["sobjects"]
    assert {item["name"] for item in listed} == set(OBJECTS)


def test_describe_tells_types_lengths_and_what_may_be_written(api):
    task = fields(api)
    assert (task["Subject"]["type"], task["Subject"]["length"]) == ("combobox", 255)
    assert task["Description"]["length"] == 32_000
    assert task["Description"]["filterable"] is False
    assert task["Status"]["nillable"] is False
    assert task["Status"]["defaultedOnCreate"] is True
    assert (task["TaskSubtype"]["createable"], task["TaskSubtype"]["updateable"]) == (True, False)
    assert (task["IsClosed"]["createable"], task["IsClosed"]["updateable"]) == (False, False)
    assert task["WhoId"]["referenceTo"] == ["Contact", "Lead"]
    assert task["WhoId"]["relationshipName"] == "Who"
    values = [choice["value"] for choice in task["Type"]["picklistValues"]]
    assert values == ["Call", "Email", "Meeting", "Other"]
    assert fields(api, "Lead")["HasOptedOutOfEmail"]["label"] == "Email Opt Out"


def test_custom_fields_of_activities_are_deployed_by_the_tooling_api(api):
    metadata = {"label": "Actions id", "type": "Text", "length": 64}
    content = {
        "FullName": f"Activity.{KEY}",
        "Metadata": {**metadata, "externalId": True, "unique": True},
    }
    made = api.post("/tooling/sobjects/CustomField", content)
    assert made.status_code == 201
    assert made.json()["id"].startswith("00N")
    described = fields(api)[KEY]
    expected = {"label": "Actions id", "type": "string", "length": 64, "custom": True}
    assert expected.items() <= described.items()
    assert (described["externalId"], described["unique"]) == (True, True)
    assert api.patch(f"/sobjects/Task/{KEY}/a1", {"Subject": "x"}).status_code == 201
    again = api.post("/tooling/sobjects/CustomField", content)
    assert problem(again)[:2] == (400, "DUPLICATE_DEVELOPER_NAME")


@pytest.mark.parametrize(
    ("metadata", "value"),
    [
        ({"type": "Checkbox", "defaultValue": False}, True),
        ({"type": "Number", "precision": 18, "scale": 0}, 3.0),
        ({"type": "DateTime"}, "2026-11-22T05:31:07.000+0000"),
        ({"type": "Url"}, "https://example.com/x"),
        ({"type": "LongTextArea", "length": 1000, "visibleLines": 3}, "long"),
    ],
)
def test_custom_fields_of_every_type_keep_their_values(api, metadata, value):
    content = {"FullName": "Activity.Extra__c", "Metadata": {"label": "Extra", **metadata}}
    assert api.post("/tooling/sobjects/CustomField", content).status_code == 201
    assert api.task(api.create(Subject="x", Extra__c=value))["Extra__c"] == value


@pytest.mark.parametrize(
    ("full_name", "metadata"),
    [
        ("Task.Extra__c", {"type": "Checkbox"}),
        ("Activity.Extra", {"type": "Checkbox"}),
        ("Activity.Extra__c", {"type": "Nonsense"}),
        ("Activity.Extra__c", {"label": "Extra", "type": "Text"}),
        ("Activity.Extra__c", {"label": "Extra", "type": "Checkbox"}),
        ("Activity.Extra__c", {"label": "Extra", "type": "Number"}),
        ("Activity.Extra__c", {"type": "DateTime"}),
        ("Activity.Extra__c", None),
    ],
)
def test_custom_fields_that_make_no_sense_are_refused(api, full_name, metadata):
    content = {"FullName": full_name, "Metadata": metadata}
    assert api.post("/tooling/sobjects/CustomField", content).status_code == 400
    assert "Extra__c" not in fields(api)


def test_a_hidden_field_is_unknown_to_the_api_and_known_to_humans(salesforce, api):
    lead_id = api.lead_id()
    salesforce.set_access("Lead.HasOptedOutOfEmail", "none")
    assert "HasOptedOutOfEmail" not in fields(api, "Lead")
    assert "HasOptedOutOfEmail" not in api.get(f"/sobjects/Lead/{lead_id}").json()
    changed = api.patch(f"/sobjects/Lead/{lead_id}", {"HasOptedOutOfEmail": True})
    assert problem(changed)[:2] == (400, "INVALID_FIELD")
    queried = api.get("/query", q="SELECT HasOptedOutOfEmail FROM Lead")
    assert problem(queried)[:2] == (400, "INVALID_FIELD")
    salesforce.update(lead_id, HasOptedOutOfEmail=True)
    salesforce.set_access("Lead.HasOptedOutOfEmail", "edit")
    assert api.get(f"/sobjects/Lead/{lead_id}").json()["HasOptedOutOfEmail"] is True


def test_a_read_only_field_can_be_seen_and_not_written(salesforce, api):
    lead_id = api.lead_id()
    salesforce.set_access("Lead.HasOptedOutOfEmail", "read")
    assert fields(api, "Lead")["HasOptedOutOfEmail"]["updateable"] is False
    changed = api.patch(f"/sobjects/Lead/{lead_id}", {"HasOptedOutOfEmail": True})
    expected = (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["HasOptedOutOfEmail"])
    assert problem(changed) == expected


def test_hidden_fields_still_get_their_defaults(salesforce, api):
    salesforce.set_access("Task.TaskSubtype", "none")
    record_id = api.create(Subject="x")
    assert salesforce.record(record_id)["TaskSubtype"] == "Task"


def test_a_picklist_can_be_given_the_values_the_app_needs(salesforce, api):
    salesforce.set_picklist("Task.Type", ["Call", "Email", "Reply"])
    assert api.task(api.create(Subject="x", Type="Reply"))["Type"] == "Reply"


def test_users_and_the_organization_can_be_read_and_not_written(api):
    rows = api.query("SELECT Id, Email, IsActive FROM User WHERE Email = 'admin@example.com'")
    assert rows["totalSize"] == 1
    assert api.values("SELECT Name FROM Organization") == ["Sandbox Org"]
    assert problem(api.post("/sobjects/User", {"LastName": "X"}))[:2] == (400, "INVALID_TYPE")


def test_a_new_field_may_wait_for_its_permission(salesforce, api):
    salesforce.change_settings(grants_new_fields=False)
    metadata = {"label": "Extra", "type": "Checkbox", "defaultValue": False}
    content = {"FullName": "Activity.Extra__c", "Metadata": metadata}
    assert api.post("/tooling/sobjects/CustomField", content).status_code == 201
    assert "Extra__c" not in fields(api)
    permission_set = api.create("PermissionSet", Name="Actions", Label="Actions")
    integration = salesforce.users()["integration@example.com"]["Id"]
    api.create("PermissionSetAssignment", PermissionSetId=permission_set, AssigneeId=integration)
    leave = {"ParentId": permission_set, "SobjectType": "Task", "Field": "Task.Extra__c"}
    rights = {"PermissionsRead": True, "PermissionsEdit": True}
    assert api.post("/sobjects/FieldPermissions", {**leave, **rights}).status_code == 201
    assert fields(api)["Extra__c"]["updateable"] is True
    wrong = {**leave, **rights, "Field": "Task.Nonsense__c"}
    assert api.post("/sobjects/FieldPermissions", wrong).status_code == 400
