ROLES = "/rest/v1/opportunities/roles.json"


def test_roles_of_many_leads_come_in_pages(sandbox, api):
    expected = sandbox.roles()
    leads = sorted({role["leadId"] for role in expected})
    params = {"filterType": "leadId", "filterValues": ",".join(map(str, leads)), "batchSize": 10}
    found, token = [], None
    while token or not found:
        page = api.get(ROLES, **params, **({"nextPageToken": token} if token else {}))
        found += page["result"]
        token = page.get("nextPageToken")
    assert [role["marketoGUID"] for role in found] == [role["marketoGUID"] for role in expected]
    assert {type(role["isPrimary"]) for role in found} == {bool}
    assert all(role["externalOpportunityId"].startswith("006") for role in found)


def test_roles_are_found_by_opportunity_and_by_compound_key(sandbox, api):
    role = next(role for role in sandbox.roles() if role["role"])
    by_opportunity = api.get(
        ROLES, filterType="externalOpportunityId", filterValues=role["externalOpportunityId"]
    )
    assert role["marketoGUID"] in {one["marketoGUID"] for one in by_opportunity["result"]}
    key = {name: role[name] for name in ("externalOpportunityId", "leadId", "role")}
    body = {"filterType": "dedupeFields", "fields": ["role"], "input": [key]}
    by_key = api.raw(f"{ROLES}?_method=GET", "POST", json=body).json()["result"]
    assert [one["marketoGUID"] for one in by_key] == [role["marketoGUID"]]


def test_an_instance_with_crm_sync_may_refuse_with_1018(sandbox, api):
    sandbox.change_settings(opportunity_roles=False)
    assert api.code(ROLES, filterType="leadId", filterValues="1") == "1018"


def test_a_filter_that_does_not_exist_is_refused(api):
    assert api.code(ROLES, filterType="nonsense", filterValues="1") == "1003"
