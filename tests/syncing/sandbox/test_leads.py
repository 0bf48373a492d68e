import pytest

from syncing.sandbox import OWNERS

LEADS = "/rest/v1/leads.json"


def test_describe2_lists_the_fields_this_instance_has(sandbox, api):
    described = api.get("/rest/v1/leads/describe2.json")["result"][0]
    fields = {field["name"]: field for field in described["fields"]}
    assert fields["email"] == {
        "name": "email",
        "displayName": "Email Address",
        "dataType": "email",
        "length": 255,
        "updateable": True,
        "crmManaged": False,
    }
    assert fields["sfdcLeadOwnerId"]["crmManaged"] is True
    assert ["sfdcLeadOwnerId"] in described["searchableFields"]
    assert "linkedInProfileURL" in fields


def test_an_instance_may_lack_salesforce_and_name_its_linkedin_field(sandbox, api):
    sandbox.change_settings(sfdc_fields=False, linkedin_field="LinkedIn_Profile")
    described = api.get("/rest/v1/leads/describe2.json")["result"][0]
    names = {field["name"] for field in described["fields"]}
    assert "LinkedIn_Profile" in names
    assert not names & {"sfdcLeadOwnerId", "sfdcType", "linkedInProfileURL"}
    assert api.code(LEADS, filterType="id", filterValues="1", fields="sfdcType") == "1006"


def test_the_older_describe_has_an_item_without_rest(api):
    items = api.get("/rest/v1/leads/describe.json")["result"]
    assert [item for item in items if "rest" not in item]


def test_leads_come_with_the_fields_asked_for_and_explicit_nulls(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Only", unsubscribed=True)
    fields = "lastName,firstName,unsubscribed,company"
    assert api.leads([lead_id], fields) == [
        {
            "id": lead_id,
            "lastName": "Only",
            "firstName": None,
            "unsubscribed": True,
            "company": None,
        }
    ]


def test_without_fields_the_default_six_come(sandbox, api):
    lead = api.get(LEADS, filterType="id", filterValues=str(min(sandbox.leads())))["result"][0]
    assert set(lead) == {"id", "email", "updatedAt", "createdAt", "firstName", "lastName"}


def test_gaps_and_deleted_ids_are_missing_without_a_word(sandbox, api):
    alive = sandbox.leads()
    some = sorted(alive)[:5]
    sandbox.delete_lead(some[0])
    found = api.leads(range(1, some[-1] + 1))
    assert [lead["id"] for lead in found] == some[1:]


def test_fields_may_be_hidden_from_the_api_user(sandbox, api):
    sandbox.change_settings(hidden_fields=["sfdcLeadId", "title"])
    described = api.get("/rest/v1/leads/describe2.json")["result"][0]
    names = {field["name"] for field in described["fields"]}
    assert {"sfdcLeadOwnerId", "phone"} < names
    assert not names & {"sfdcLeadId", "title"}
    assert ["sfdcLeadId"] not in described["searchableFields"]
    assert api.code(LEADS, filterType="id", filterValues="1", fields="id,title") == "1006"
    assert api.code(LEADS, filterType="sfdcLeadId", filterValues="00Q1", fields="id") == "1003"


def test_an_unknown_field_fails_the_whole_call(api):
    assert api.code(LEADS, filterType="id", filterValues="1", fields="id,nonsense") == "1006"


def test_more_than_1000_matches_are_refused(sandbox, api):
    sandbox.reset(people=3000)
    api.sign_in()
    params = {"filterType": "sfdcLeadOwnerId", "filterValues": _all_owners()}
    assert api.code(LEADS, **params) == "1003"


def test_pages_carry_a_token_only_while_there_are_more(sandbox, api):
    sandbox.reset(people=600)
    api.sign_in()
    params = {"filterType": "sfdcLeadOwnerId", "filterValues": _all_owners(), "batchSize": 150}
    owned = {id_ for id_, lead in sandbox.leads().items() if _is_user(lead["sfdcLeadOwnerId"])}
    first = api.get(LEADS, **params)
    assert len(first["result"]) == 150
    found, token = [lead["id"] for lead in first["result"]], first["nextPageToken"]
    while token:
        page = api.get(LEADS, **params, nextPageToken=token)
        found += [lead["id"] for lead in page["result"]]
        token = page.get("nextPageToken")
    assert len(found) == len(set(found))
    assert set(found) == owned


@pytest.mark.parametrize("field", ["email", "sfdcLeadId", "sfdcContactId", "sfdcAccountId"])
def test_leads_are_found_by(sandbox, api, field):
    leads = sandbox.leads()
    value = next(lead[field] for lead in leads.values() if lead[field])
    expected = {id_ for id_, lead in leads.items() if lead[field] == value}
    found = api.get(LEADS, filterType=field, filterValues=value)["result"]
    assert {lead["id"] for lead in found} == expected


def test_leads_are_found_by_opportunity(sandbox, api):
    role = sandbox.roles()[0]
    opportunity = role["externalOpportunityId"]
    found = api.get(LEADS, filterType="sfdcOpptyId", filterValues=opportunity)["result"]
    assert role["leadId"] in {lead["id"] for lead in found}


def test_a_field_that_is_not_searchable_is_no_filter(api):
    assert api.code(LEADS, filterType="phone", filterValues="1") == "1003"


def test_more_than_300_values_are_refused(api):
    values = ",".join(map(str, range(301)))
    assert api.code(LEADS, filterType="id", filterValues=values) == "1003"


def test_one_lead_by_id_or_1004(sandbox, api):
    lead_id = min(sandbox.leads())
    found = api.get(f"/rest/v1/lead/{lead_id}.json", fields="email")["result"]
    assert found == [{"id": lead_id, "email": sandbox.leads()[lead_id]["email"]}]
    assert api.code("/rest/v1/lead/999999.json") == "1004"


def _all_owners():
    return ",".join(owner.salesforce_id for owner in OWNERS)


def _is_user(owner):
    return (owner or "").startswith("005")
