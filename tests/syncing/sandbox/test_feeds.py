from datetime import datetime, timedelta

from syncing.sandbox import OWNERS

CHANGES = "/leadchanges"
SAM, SARA = OWNERS[0], OWNERS[1]
COMPANIONS = "19,21,23,28,29,31,32,34,35,36"


def now_token(sandbox, api):
    """A token at the end of what is logged so far."""
    _, token = api.feed(CHANGES, api.feed_token(), fields="firstName")
    return token


def test_a_changed_field_is_one_row_with_old_and_new_value(sandbox, api):
    lead_id = sandbox.create_lead(firstName="An", lastName="Ox")
    token = now_token(sandbox, api)
    sandbox.change_lead(lead_id, firstName="Ann", lastName="Ox")
    (row,), _ = api.feed(CHANGES, token, fields="firstName,lastName")
    assert row["leadId"] == lead_id
    assert row["activityTypeId"] == 13
    assert [(f["name"], f["oldValue"], f["newValue"]) for f in row["fields"]] == [
        ("firstName", "An", "Ann")
    ]
    assert row["marketoGUID"] == str(row["id"])


def test_dates_of_lead_changes_end_in_0000_and_those_of_activities_in_z(sandbox, api):
    token = now_token(sandbox, api)
    lead_id = sandbox.create_lead(lastName="New", sfdcType="Lead")
    sandbox.set_owner(lead_id, SAM.salesforce_id)
    (change,), _ = api.feed(CHANGES, token, fields="lastName")
    assert change["activityDate"].endswith("+0000")
    (activity,), _ = api.feed("", token, activityTypeIds="23")
    assert activity["activityDate"].endswith("Z")


def test_only_the_listed_fields_and_all_new_leads_come(sandbox, api):
    token = now_token(sandbox, api)
    lead_id = sandbox.create_lead(lastName="New")
    sandbox.change_lead(lead_id, phone="1", title="Boss")
    rows, _ = api.feed(CHANGES, token, fields="title")
    assert [(row["activityTypeId"], len(row["fields"])) for row in rows] == [(12, 0), (13, 1)]


def test_fields_are_mandatory_and_must_exist(api):
    token = api.feed_token()
    path = "/rest/v1/activities/leadchanges.json"
    assert api.code(path, nextPageToken=token) == "1002"
    assert api.code(path, nextPageToken=token, fields="nonsense") == "1006"


def test_an_unchanged_value_leaves_no_row(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Same")
    token = now_token(sandbox, api)
    sandbox.change_lead(lead_id, lastName="Same")
    sandbox.set_owner(lead_id, None)
    assert api.feed(CHANGES, token, fields="lastName")[0] == []
    assert api.feed("", token, activityTypeIds=COMPANIONS)[0] == []


def test_a_standard_field_moves_updated_at_and_the_owner_does_not(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Still", sfdcType="Lead")
    created = sandbox.leads([lead_id])[lead_id]["updatedAt"]
    sandbox.advance_clock(60)
    sandbox.set_owner(lead_id, SAM.salesforce_id)
    assert sandbox.leads([lead_id])[lead_id]["updatedAt"] == created
    sandbox.change_lead(lead_id, title="Moved")
    assert sandbox.leads([lead_id])[lead_id]["updatedAt"] > created


def test_an_owner_change_names_both_owners(sandbox, api):
    lead_id = sandbox.create_lead(sfdcType="Lead", sfdcLeadOwnerId=SAM.salesforce_id)
    token = now_token(sandbox, api)
    sandbox.set_owner(lead_id, SARA.salesforce_id)
    sandbox.set_owner(lead_id, None)
    given, cleared = api.feed("", token, activityTypeIds="23")[0]
    assert _attributes(given) == {"Owner": SARA.name, "Old Owner": SAM.name}
    assert _attributes(cleared) == {"Old Owner": SARA.name}
    assert api.feed(CHANGES, token, fields="sfdcLeadOwnerId")[0] == []


def test_a_deleted_lead_is_in_its_own_feed_only(sandbox, api):
    lead_id = sandbox.create_lead(firstName="Gone", lastName="Soon")
    token = now_token(sandbox, api)
    sandbox.delete_lead(lead_id)
    (row,), _ = api.feed("/deletedleads", token)
    assert (row["leadId"], row["activityTypeId"]) == (lead_id, 37)
    assert row["primaryAttributeValue"] == "Gone Soon"
    assert row["attributes"] == []
    assert api.feed("", token, activityTypeIds="37")[0] == []


def test_a_merge_names_the_losers_and_the_winner_takes_what_it_lacks(sandbox, api):
    winner = sandbox.create_lead(lastName="Wins")
    loser = sandbox.create_lead(lastName="Loses", phone="123", sfdcType="Contact")
    sandbox.add_role(loser, "0065g0000FTestAAAA")
    token = now_token(sandbox, api)
    sandbox.merge_leads(winner, [loser])
    (row,), _ = api.feed("", token, activityTypeIds=COMPANIONS)
    assert (row["leadId"], row["activityTypeId"]) == (winner, 32)
    assert row["primaryAttributeValueId"] == winner
    assert _attributes(row)["Merge IDs"] == [loser]
    merged = sandbox.leads([winner, loser])
    assert list(merged) == [winner]
    assert (merged[winner]["lastName"], merged[winner]["phone"]) == ("Wins", "123")
    assert merged[winner]["sfdcType"] == "Contact"
    assert [role["leadId"] for role in sandbox.roles()].count(winner) == 1
    assert api.feed("/deletedleads", token)[0] == []


def test_a_winner_that_is_in_salesforce_keeps_its_own_record(sandbox, api):
    winner = sandbox.create_lead(lastName="Wins", sfdcType="Lead")
    loser = sandbox.create_lead(
        lastName="Loses", sfdcType="Contact", sfdcLeadOwnerId=SAM.salesforce_id
    )
    before = sandbox.leads([winner])[winner]
    sandbox.merge_leads(winner, [loser])
    after = sandbox.leads([winner])[winner]
    for field in ("sfdcType", "sfdcLeadId", "sfdcContactId", "sfdcLeadOwnerId"):
        assert after[field] == before[field]


def test_merged_losers_may_be_in_the_deleted_feed_too(sandbox, api):
    sandbox.change_settings(merged_losers_in_deleted_feed=True)
    winner, loser = sandbox.create_lead(lastName="Wins"), sandbox.create_lead(lastName="Loses")
    token = now_token(sandbox, api)
    sandbox.merge_leads(winner, [loser], in_salesforce=True)
    assert [row["leadId"] for row in api.feed("/deletedleads", token)[0]] == [loser]
    merges = api.feed("", token, activityTypeIds=COMPANIONS)[0]
    assert [row["activityTypeId"] for row in merges] == [31, 32]


def test_a_converted_lead_becomes_a_contact_and_keeps_its_lead_id(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Won", company="New Co", sfdcType="Lead")
    before = sandbox.leads([lead_id])[lead_id]
    token = now_token(sandbox, api)
    sandbox.convert_lead(lead_id)
    after = sandbox.leads([lead_id])[lead_id]
    assert after["sfdcType"] == "Contact"
    assert after["sfdcLeadId"] == before["sfdcLeadId"]
    assert after["sfdcContactId"].startswith("003")
    assert after["sfdcAccountId"].startswith("001")
    assert after["updatedAt"] == before["updatedAt"]
    assert [row["activityTypeId"] for row in _companions(api, token)] == [21]


def test_salesforce_adds_and_removes_people(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Known")
    token = now_token(sandbox, api)
    sandbox.sync_to_salesforce(lead_id, SAM.salesforce_id)
    assert sandbox.leads([lead_id])[lead_id]["sfdcLeadOwnerId"] == SAM.salesforce_id
    sandbox.delete_from_salesforce(lead_id)
    assert sandbox.leads([lead_id])[lead_id]["sfdcLeadId"] is None
    assert [row["activityTypeId"] for row in _companions(api, token)] == [19, 29]


def test_opportunity_changes_are_logged(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Buyer", sfdcType="Contact")
    token = now_token(sandbox, api)
    opportunity = "0065g0000FTestAAAA"
    sandbox.add_role(lead_id, opportunity, role="Evaluator", is_primary=True)
    sandbox.control("update_role", lead=lead_id, opportunity=opportunity, is_primary=False)
    sandbox.remove_role(lead_id, opportunity)
    rows = _companions(api, token)
    assert [row["activityTypeId"] for row in rows] == [34, 36, 35]
    assert _attributes(rows[0]) == {
        "Oppty ID": opportunity,
        "Is Primary": True,
        "Role": "Evaluator",
    }


def test_a_company_rename_shows_on_every_lead_without_a_row(sandbox, api):
    token = now_token(sandbox, api)
    lead = next(lead for lead in sandbox.leads().values() if lead["contactCompany"])
    count = sandbox.rename_company(lead["contactCompany"], "Renamed, Inc.")
    renamed = [one for one in sandbox.leads().values() if one["company"] == "Renamed, Inc."]
    assert len(renamed) == count
    assert lead["updatedAt"] == sandbox.leads([lead["id"]])[lead["id"]]["updatedAt"]
    assert api.feed(CHANGES, token, fields="company")[0] == []


def test_a_lead_may_move_to_another_company(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Mover", company="Old Co")
    token = now_token(sandbox, api)
    sandbox.change_lead(lead_id, company="New Co")
    (row,), _ = api.feed(CHANGES, token, fields="company")
    assert row["fields"][0]["newValue"] == "New Co"
    assert api.leads([lead_id], "company")[0]["company"] == "New Co"


def test_blocks_without_a_match_are_empty_pages_that_are_not_the_last(sandbox, api):
    token = now_token(sandbox, api)
    sandbox.change_settings(scan_rows=2)
    lead_id = sandbox.create_lead(lastName="A")
    for number in range(9):
        sandbox.change_lead(lead_id, phone=str(number))
    sandbox.change_lead(lead_id, title="Found")
    pages = []
    more = True
    while more:
        page = api.get("/rest/v1/activities/leadchanges.json", nextPageToken=token, fields="title")
        token, more = page["nextPageToken"], page["moreResult"]
        pages.append(page)
    assert [len(page.get("result", [])) for page in pages] == [1, 0, 0, 0, 0, 1]
    assert "result" not in pages[1]


def test_an_empty_page_may_have_an_empty_result(sandbox, api):
    token = now_token(sandbox, api)
    path = "/rest/v1/activities/deletedleads.json"
    idle = api.get(path, nextPageToken=token)
    assert "result" not in idle
    assert idle["moreResult"] is False
    sandbox.change_settings(empty_result_key=True)
    assert api.get(path, nextPageToken=token)["result"] == []


def test_the_last_token_is_the_cursor_for_the_next_run(sandbox, api):
    token = now_token(sandbox, api)
    first = sandbox.create_lead(lastName="First")
    rows, token = api.feed(CHANGES, token, fields="lastName")
    second = sandbox.create_lead(lastName="Second")
    more, token = api.feed(CHANGES, token, fields="lastName")
    assert [row["leadId"] for row in rows + more] == [first, second]
    assert api.feed(CHANGES, token, fields="lastName")[0] == []


def test_pages_neither_lose_nor_repeat_rows(sandbox, api):
    token = now_token(sandbox, api)
    created = [sandbox.create_lead(lastName=str(number)) for number in range(25)]
    rows, _ = api.feed(CHANGES, token, fields="lastName", batchSize=4)
    assert [row["leadId"] for row in rows] == created


def test_a_row_committed_late_is_not_seen_by_a_token_past_it(sandbox, api):
    lead_id = sandbox.create_lead(lastName="Slow")
    token = now_token(sandbox, api)
    hour_ago = datetime.fromisoformat(sandbox.read("stats")["now"]) - timedelta(hours=1)
    earlier = hour_ago.strftime("%Y-%m-%dT%H:%M:%SZ")
    sandbox.add_activity(lead_id, 23, happened_at=earlier, attributes={"Owner": "Late"})
    assert api.feed("", token, activityTypeIds="23")[0] == []
    overlapping = api.feed_token(since=earlier)
    assert len(api.feed("", overlapping, activityTypeIds="23")[0]) == 1


def test_the_log_forgets_after_its_days(sandbox, api):
    sandbox.create_lead(lastName="Old news")
    sandbox.advance_clock(91 * 86_400)
    api.sign_in()
    assert api.feed(CHANGES, api.feed_token(), fields="lastName")[0] == []


def test_leads_of_the_last_weeks_are_logged_as_new(sandbox, api):
    rows, _ = api.feed(CHANGES, api.feed_token(), fields="lastName")
    newest = max(sandbox.leads())
    assert {row["activityTypeId"] for row in rows} == {12}
    assert newest in {row["leadId"] for row in rows}


def test_activities_of_some_leads_only(sandbox, api):
    token = now_token(sandbox, api)
    one, two = sandbox.create_lead(lastName="One"), sandbox.create_lead(lastName="Two")
    for lead_id in (one, two):
        sandbox.add_activity(lead_id, 1, primary_id=7, primary_value="/pricing")
    (row,), _ = api.feed("", token, activityTypeIds="1,46", leadIds=str(two))
    assert (row["leadId"], row["primaryAttributeValue"]) == (two, "/pricing")


def test_type_ids_are_mandatory_at_most_ten_and_may_repeat(sandbox, api):
    path, token = "/rest/v1/activities.json", api.feed_token()
    assert api.code(path, nextPageToken=token) == "1002"
    eleven = ",".join(map(str, range(1, 12)))
    assert api.code(path, nextPageToken=token, activityTypeIds=eleven) == "1003"
    assert api.get(path, nextPageToken=token, activityTypeIds=["12", "13"])["success"]


def test_a_token_that_is_none_is_refused(api):
    path = "/rest/v1/activities/deletedleads.json"
    assert api.code(path, nextPageToken="nonsense") == "1003"
    assert api.code(path) == "1002"


def test_since_needs_a_time_zone(api):
    path = "/rest/v1/activities/pagingtoken.json"
    assert api.code(path, sinceDatetime="2026-08-01T00:00:00") == "1003"
    assert api.code(path, sinceDatetime="yesterday") == "1003"


def test_types_list_what_they_carry(api):
    types = {known["id"]: known for known in api.get("/rest/v1/activities/types.json")["result"]}
    assert "primaryAttribute" not in types[12]
    assert types[23]["name"] == "Change Owner"
    assert {"name": "Old Owner", "dataType": "string"} in types[23]["attributes"]


def _attributes(row):
    return {attribute["name"]: attribute["value"] for attribute in row["attributes"]}


def _companions(api, token):
    return api.feed("", token, activityTypeIds=COMPANIONS)[0]
