import pytest

from syncing.sandbox import OWNERS
from syncing.sandbox.testing import SandboxError
from tests.syncing.sandbox.salesforce.conftest import KEY, problem

SAM, SARA = (owner.salesforce_id for owner in OWNERS[:2])


@pytest.fixture
def lead(shared_sandbox, salesforce):
    """A person of Marketo's who is a lead here, as Marketo knows them."""
    made = shared_sandbox.create_lead(
        firstName="Pia", lastName="Ox", email="pia@example.com", company="Acme",
        sfdcType="Lead", sfdcLeadOwnerId=SAM,
    )  # fmt: skip
    return shared_sandbox.leads([made])[made]


def test_leads_and_contacts_are_marketos_people(shared_sandbox, salesforce):
    leads, contacts = salesforce.records("Lead"), salesforce.records("Contact")
    accounts = salesforce.records("Account")
    people = shared_sandbox.leads().values()
    assert set(leads) == {person["sfdcLeadId"] for person in people} - {None}
    assert set(contacts) == {person["sfdcContactId"] for person in people} - {None}
    for person in people:
        if person["sfdcLeadId"]:
            record = leads[person["sfdcLeadId"]]
            assert record["IsConverted"] == bool(person["sfdcContactId"])
            assert record["ConvertedContactId"] == person["sfdcContactId"]
        if person["sfdcContactId"]:
            record = contacts[person["sfdcContactId"]]
            assert record["AccountId"] == person["sfdcAccountId"]
            assert not record["AccountId"] or record["AccountId"] in accounts
        if person["sfdcLeadId"] or person["sfdcContactId"]:
            assert record["LastName"] == person["lastName"]
            assert record["Email"] == person["email"]
            assert record["HasOptedOutOfEmail"] == person["unsubscribed"]
            assert not person["sfdcLeadOwnerId"] or record["OwnerId"] == person["sfdcLeadOwnerId"]


def test_opportunities_have_marketos_contact_roles(shared_sandbox, salesforce):
    contacts = {person["id"]: person["sfdcContactId"] for person in shared_sandbox.leads().values()}
    roles = {
        (role["OpportunityId"], role["ContactId"], role["Role"], role["IsPrimary"])
        for role in salesforce.live("OpportunityContactRole")
    }
    assert roles == {
        (
            role["externalOpportunityId"],
            contacts[role["leadId"]],
            role["role"],
            bool(role["isPrimary"]),
        )
        for role in shared_sandbox.roles()
    }
    opportunities = salesforce.records("Opportunity")
    assert {role[0] for role in roles} == set(opportunities)
    assert {True, False} == {item["IsClosed"] for item in opportunities.values()}


def test_the_owners_and_an_admin_are_users(salesforce):
    users = salesforce.users()
    assert users["sam@example.com"]["Id"] == SAM
    assert users["lea@example.com"]["Name"] == "Léa Fournier"
    assert users["admin@example.com"]["IsActive"] is True
    assert {owner.salesforce_id for owner in OWNERS} < {user["Id"] for user in users.values()}


def test_what_changes_in_marketo_changes_here(shared_sandbox, salesforce, lead):
    record = salesforce.record(lead["sfdcLeadId"])
    assert (record["Name"], record["Company"], record["OwnerId"]) == ("Pia Ox", "Acme", SAM)
    shared_sandbox.change_lead(lead["id"], email="ox@example.com")
    shared_sandbox.set_owner(lead["id"], SARA)
    record = salesforce.record(lead["sfdcLeadId"])
    assert (record["Email"], record["OwnerId"]) == ("ox@example.com", SARA)


def test_marketos_unsubscribe_leaves_the_opt_out_alone(shared_sandbox, salesforce, lead):
    shared_sandbox.change_lead(lead["id"], unsubscribed=True)
    assert salesforce.record(lead["sfdcLeadId"])["HasOptedOutOfEmail"] is False


def test_who_is_deleted_in_marketo_is_in_the_recycle_bin_here(shared_sandbox, salesforce, lead):
    shared_sandbox.delete_lead(lead["id"])
    assert salesforce.record(lead["sfdcLeadId"])["IsDeleted"] is True


def test_a_person_that_marketo_sends_becomes_a_lead(shared_sandbox, salesforce):
    person = shared_sandbox.create_lead(lastName="New")
    shared_sandbox.sync_to_salesforce(person, SAM)
    lead_id = shared_sandbox.leads([person])[person]["sfdcLeadId"]
    record = salesforce.record(lead_id)
    assert (record["LastName"], record["Company"]) == ("New", "[not provided]")


@pytest.mark.parametrize("is_undeleted", [True, False])
def test_a_deleted_lead_that_marketo_sends_again_is_back(
    shared_sandbox, salesforce, api, lead, is_undeleted
):
    task = api.create(Subject="Hi", WhoId=lead["sfdcLeadId"])
    shared_sandbox.delete_from_salesforce(lead["id"])
    assert salesforce.record(lead["sfdcLeadId"])["IsDeleted"] is True
    if is_undeleted:
        salesforce.undelete(lead["sfdcLeadId"])
    shared_sandbox.sync_to_salesforce(lead["id"], SARA)
    record = salesforce.record(lead["sfdcLeadId"])
    assert (record["IsDeleted"], record["OwnerId"]) == (False, SARA)
    assert api.task(task)["WhoId"] == lead["sfdcLeadId"]
    shared_sandbox.change_lead(lead["id"], email="ox@example.com")
    assert salesforce.record(lead["sfdcLeadId"])["Email"] == "ox@example.com"


@pytest.mark.usefixtures("keyed")
def test_a_change_that_cannot_be_made_here_does_not_hold_up_the_next(
    shared_sandbox, salesforce, api, lead
):
    other = shared_sandbox.create_lead(lastName="Next")
    shared_sandbox.sync_to_salesforce(other, SAM)
    api.create(Subject="Hi", WhoId=lead["sfdcLeadId"], **{KEY: "one"})
    shared_sandbox.delete_from_salesforce(lead["id"])
    salesforce.record(lead["sfdcLeadId"])
    api.create(Subject="Its key is taken now", **{KEY: "one"})
    shared_sandbox.sync_to_salesforce(lead["id"], SARA)
    shared_sandbox.change_lead(other, email="next@example.com")
    assert salesforce.record(lead["sfdcLeadId"])["IsDeleted"] is True
    known = shared_sandbox.leads([other])[other]
    assert salesforce.record(known["sfdcLeadId"])["Email"] == "next@example.com"


@pytest.mark.parametrize("where", ["marketo", "salesforce"])
def test_a_lead_converted_on_either_side_is_a_contact_on_both(
    shared_sandbox, salesforce, api, lead, where
):
    task = api.create(Subject="Hi", WhoId=lead["sfdcLeadId"])
    if where == "marketo":
        shared_sandbox.convert_lead(lead["id"])
    else:
        salesforce.convert(lead["sfdcLeadId"])
    person = shared_sandbox.leads([lead["id"]])[lead["id"]]
    converted = salesforce.record(lead["sfdcLeadId"])
    assert person["sfdcType"] == "Contact"
    assert converted["IsConverted"] is True
    assert converted["ConvertedContactId"] == person["sfdcContactId"]
    assert converted["ConvertedAccountId"] == person["sfdcAccountId"]
    contact = salesforce.record(person["sfdcContactId"])
    assert (contact["Name"], contact["Email"]) == ("Pia Ox", "pia@example.com")
    assert api.task(task)["WhoId"] == person["sfdcContactId"]


def test_a_converted_lead_can_neither_be_edited_nor_have_tasks(salesforce, api, lead):
    salesforce.convert(lead["sfdcLeadId"])
    edited = api.patch(f"/sobjects/Lead/{lead['sfdcLeadId']}", {"HasOptedOutOfEmail": True})
    assert problem(edited)[:2] == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    given = api.post("/sobjects/Task", {"Subject": "Hi", "WhoId": lead["sfdcLeadId"]})
    assert problem(given) == (400, "CANNOT_UPDATE_CONVERTED_LEAD", ["WhoId"])
    with pytest.raises(SandboxError):
        salesforce.convert(lead["sfdcLeadId"])


def test_a_lead_of_salesforces_own_is_converted_into_an_account_of_its_company(salesforce, api):
    lead_id = api.create("Lead", LastName="Own", Company="Own, Inc.", HasOptedOutOfEmail=True)
    contact = salesforce.record(salesforce.convert(lead_id))
    assert contact["LastName"] == "Own"
    assert contact["HasOptedOutOfEmail"] is True
    assert salesforce.record(contact["AccountId"])["Name"] == "Own, Inc."
    other = api.create("Lead", LastName="Second", Company="Own, Inc.")
    assert salesforce.record(salesforce.convert(other))["AccountId"] == contact["AccountId"]


def test_merged_people_leave_their_master_and_their_tasks(shared_sandbox, salesforce, api, lead):
    twin = shared_sandbox.create_lead(lastName="Ox", sfdcType="Lead", sfdcLeadOwnerId=SARA)
    twin_id = shared_sandbox.leads([twin])[twin]["sfdcLeadId"]
    task = api.create(Subject="Hi", WhoId=twin_id)
    salesforce.merge(lead["sfdcLeadId"], [twin_id])
    gone = salesforce.record(twin_id)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, lead["sfdcLeadId"])
    assert api.task(task)["WhoId"] == lead["sfdcLeadId"]
    assert twin not in shared_sandbox.leads()


def test_contacts_of_salesforces_own_are_merged_too(salesforce, api):
    winner = api.create("Contact", LastName="Ox")
    loser = api.create("Contact", LastName="Ox", Phone="123")
    salesforce.merge(winner, [loser])
    assert salesforce.record(winner)["Phone"] == "123"
    soql = f"SELECT MasterRecordId FROM Contact WHERE Id = '{loser}'"
    [row] = api.get("/queryAll", q=soql).json()["records"]
    assert row["MasterRecordId"] == winner


def test_a_deleted_person_takes_the_tasks_along_and_brings_them_back(salesforce, api):
    lead_id = api.create("Lead", LastName="Own", Company="Own, Inc.")
    task = api.create(Subject="Hi", WhoId=lead_id)
    earlier = api.create(Subject="Gone before", WhoId=lead_id)
    api.delete(f"/sobjects/Task/{earlier}")
    salesforce.control("delete", id=lead_id)
    assert api.get(f"/sobjects/Task/{task}").status_code == 404
    given = api.post("/sobjects/Task", {"Subject": "Hi", "WhoId": lead_id})
    assert problem(given) == (400, "ENTITY_IS_DELETED", ["WhoId"])
    salesforce.undelete(lead_id)
    assert api.task(task)["IsDeleted"] is False


def test_who_is_deleted_here_stays_in_marketo_without_salesforce(shared_sandbox, salesforce, lead):
    salesforce.delete(lead["sfdcLeadId"])
    assert salesforce.record(lead["sfdcLeadId"])["IsDeleted"] is True
    assert shared_sandbox.leads([lead["id"]])[lead["id"]]["sfdcLeadId"] is None


def test_undeleting_modifies_unless_the_org_is_told_otherwise(shared_sandbox, salesforce, api):
    record_id = api.create(Subject="Back")
    salesforce.delete(record_id)
    stamp = salesforce.record(record_id)["SystemModstamp"]
    shared_sandbox.advance_clock(60)
    salesforce.undelete(record_id)
    assert salesforce.record(record_id)["SystemModstamp"] > stamp
    salesforce.change_settings(undelete_modifies=False)
    salesforce.delete(record_id)
    stamp = salesforce.record(record_id)["SystemModstamp"]
    shared_sandbox.advance_clock(60)
    salesforce.undelete(record_id)
    assert salesforce.record(record_id)["SystemModstamp"] == stamp


@pytest.mark.usefixtures("keyed")
def test_nothing_is_undeleted_whose_key_is_taken(salesforce, api):
    first = api.patch("/sobjects/Task/Actions_Activity_Id__c/a", {"Subject": "x"}).json()["id"]
    api.delete(f"/sobjects/Task/{first}")
    api.patch("/sobjects/Task/Actions_Activity_Id__c/a", {"Subject": "x"})
    with pytest.raises(SandboxError, match="DUPLICATE_VALUE"):
        salesforce.undelete(first)


def test_a_reset_of_marketo_begins_again_here(shared_sandbox, salesforce, api):
    api.create(Subject="Old")
    shared_sandbox.reset(people=20)
    assert salesforce.live() == []
    assert len(salesforce.records("Lead")) < 20


def test_a_person_edited_here_is_edited_in_marketo(shared_sandbox, salesforce, lead):
    salesforce.update(lead["sfdcLeadId"], Email="new@example.com", OwnerId=SARA)
    salesforce.update(lead["sfdcLeadId"], HasOptedOutOfEmail=True)
    person = shared_sandbox.leads([lead["id"]])[lead["id"]]
    assert (person["email"], person["sfdcLeadOwnerId"]) == ("new@example.com", SARA)
    assert person["unsubscribed"] is False


def test_a_duplicate_rule_can_be_answered_with_a_header(salesforce, api, lead):
    values = {"LastName": "Ox", "Company": "Acme", "Email": "PIA@example.com"}
    assert api.post("/sobjects/Lead", values).status_code == 201
    salesforce.change_settings(duplicate_rule=True)
    assert problem(api.post("/sobjects/Lead", values))[:2] == (400, "DUPLICATES_DETECTED")
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    made = api.call("POST", "/sobjects/Lead", json=values, headers=header)
    assert made.status_code == 201
    assert api.post("/sobjects/Lead", {**values, "Email": None}).status_code == 201
