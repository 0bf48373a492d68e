from datetime import UTC, datetime, timedelta

import pytest

from syncing.sandbox import OWNERS
from tests.syncing.sandbox.salesforce.conftest import problem

SAM = OWNERS[0].salesforce_id


@pytest.fixture
def tasks(api):
    """Five tasks, by subject."""
    values = {
        "Alpha": {"Status": "Completed", "ActivityDate": "2026-11-20"},
        "Beta": {"Priority": "High", "ActivityDate": "2026-11-22"},
        "Gamma": {"ActivityDate": "2026-11-25", "CallObject": "x"},
        "Delta": {"Status": "In Progress", "CallDurationInSeconds": 42},
        "O'Brien 100%_": {},
    }
    return {subject: api.create(Subject=subject, **rest) for subject, rest in values.items()}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("IsClosed = true", "Alpha"),
        ("IsClosed = false AND Priority = 'High'", "Beta"),
        ("Priority = 'High' OR Status = 'Completed'", "Alpha Beta"),
        ("(Priority = 'High' OR Status = 'Completed') AND NOT Subject = 'Beta'", "Alpha"),
        ("ActivityDate >= 2026-11-22", "Beta Gamma"),
        ("ActivityDate < 2026-11-22", "Alpha"),
        ("ActivityDate = null AND Subject LIKE 'd%'", "Delta"),
        ("ActivityDate != null", "Alpha Beta Gamma"),
        ("CallObject = 'X'", "Gamma"),
        ("CallObject != 'x' AND ActivityDate != null", "Alpha Beta"),
        ("NOT (CallObject = 'x') AND ActivityDate != null", "Alpha Beta"),
        ("NOT CallObject LIKE 'x%' AND ActivityDate != null", "Alpha Beta"),
        ("Subject IN ('alpha', 'Delta', 'nobody')", "Alpha Delta"),
        ("Status NOT IN ('Not Started', 'Completed')", "Delta"),
        ("Subject LIKE '%a' AND Subject LIKE '_e%'", "Beta Delta"),
        ("CallDurationInSeconds > 41.5", "Delta"),
        ("CallDurationInSeconds <> 42 AND Priority = 'High'", "Beta"),
        ("SystemModstamp > 2020-01-01T00:00:00Z AND CallObject = 'x'", "Gamma"),
        ("SystemModstamp >= 2020-01-01T02:00:00+02:00 AND CallObject = 'x'", "Gamma"),
        ("SystemModstamp < 2020-01-01T00:00:00.000+0000", ""),
        ("CreatedDate >= TODAY AND Priority = 'High'", "Beta"),
        ("CreatedDate < LAST_N_DAYS:3", ""),
        ("Owner.Name = 'Sam Seller' AND Priority = 'High'", "Beta"),
        ("Owner.Email != 'sam@example.com'", ""),
    ],
)
def test_conditions_choose_records(api, tasks, where, expected):
    found = api.values(f"SELECT Subject FROM Task WHERE {where} ORDER BY Subject")
    assert found == expected.split()


def test_quotes_and_wildcards_can_be_escaped(api, tasks):
    subject = "O'Brien 100%_"
    assert api.values(r"SELECT Subject FROM Task WHERE Subject = 'O\'Brien 100%_'") == [subject]
    assert api.values(r"SELECT Subject FROM Task WHERE Subject LIKE '%100\%\_'") == [subject]
    assert api.values(r"SELECT Subject FROM Task WHERE Subject LIKE '%00\__'") == []


def test_records_are_ordered_limited_and_skipped(api, tasks):
    order = "SELECT Subject FROM Task WHERE ActivityDate != null ORDER BY Priority, Subject DESC"
    assert api.values(order) == ["Beta", "Gamma", "Alpha"]
    assert api.values(f"{order} LIMIT 1 OFFSET 1") == ["Gamma"]
    nulls = "SELECT Subject FROM Task ORDER BY ActivityDate ASC NULLS LAST LIMIT 1"
    assert api.values(nulls) == ["Alpha"]


def test_related_records_come_nested_and_missing_ones_as_null(api):
    lead_id = api.lead_id()
    record_id = api.create(Subject="Hi", WhoId=lead_id)
    [row] = api.query("SELECT Id, Who.Name, Who.Type, What.Name, Owner.Name FROM Task")["records"]
    name = api.get(f"/sobjects/Lead/{lead_id}").json()["Name"]
    url = "/services/data/v66.0/sobjects"
    assert row == {
        "attributes": {"type": "Task", "url": f"{url}/Task/{record_id}"},
        "Id": record_id,
        "Who": {
            "attributes": {"type": "Lead", "url": f"{url}/Lead/{lead_id}"},
            "Name": name,
            "Type": "Lead",
        },
        "What": None,
        "Owner": {"attributes": {"type": "User", "url": f"{url}/User/{SAM}"}, "Name": "Sam Seller"},
    }


def test_relationships_go_on_and_queries_nest(api):
    roles = api.query(
        "SELECT Contact.Account.Name, Opportunity.IsClosed FROM OpportunityContactRole"
        " WHERE Contact.Account.Name != null LIMIT 5"
    )["records"]
    assert roles
    assert {type(role["Opportunity"]["IsClosed"]) for role in roles} == {bool}
    assert roles[0]["Contact"]["Account"]["Name"]
    inside = api.query(
        "SELECT COUNT() FROM Contact WHERE Id IN (SELECT ContactId FROM OpportunityContactRole"
        " WHERE Opportunity.IsClosed = false)"
    )
    assert 0 < inside["totalSize"] < api.query("SELECT COUNT() FROM Contact")["totalSize"]


def test_counts_have_a_size_and_no_records(api, tasks):
    found = api.query("SELECT COUNT() FROM Task WHERE IsClosed = false")
    assert found == {"totalSize": 4, "done": True, "records": []}


def test_records_are_grouped(api, tasks):
    rows = api.query("SELECT Status, COUNT(Id) FROM Task GROUP BY Status ORDER BY Status")[
        "records"
    ]
    assert [(row["Status"], row["expr0"]) for row in rows] == [
        ("Completed", 1),
        ("In Progress", 1),
        ("Not Started", 3),
    ]
    [row] = api.query("SELECT MAX(ActivityDate) latest FROM Task")["records"]
    assert row == {"attributes": {"type": "AggregateResult"}, "latest": "2026-11-25"}


def test_large_results_come_in_pages_of_the_wished_size(salesforce, api):
    for start in range(0, 600, 200):
        items = [{"attributes": {"type": "Task"}, "Subject": str(start + n)} for n in range(200)]
        api.post("/composite/sobjects", {"records": items})
    page = api.query("SELECT Subject FROM Task", **{"Sforce-Query-Options": "batchSize=250"})
    subjects = [row["Subject"] for row in page["records"]]
    sizes = [len(subjects)]
    while not page["done"]:
        assert page["totalSize"] == 600
        options = {"Sforce-Query-Options": "batchSize=250"}
        url = f"{api.base_url}{page['nextRecordsUrl']}"
        page = api.session.get(url, headers=options, timeout=10).json()
        subjects += [row["Subject"] for row in page["records"]]
        sizes.append(len(page["records"]))
    assert sizes == [250, 250, 100]
    assert "nextRecordsUrl" not in page
    assert subjects == [str(number) for number in range(600)]


def test_pages_are_between_200_and_2000_records(api):
    page = api.query("SELECT Id FROM Lead", **{"Sforce-Query-Options": "batchSize=1"})
    assert len(page["records"]) == min(200, page["totalSize"])


def test_an_old_locator_is_refused(api):
    assert problem(api.get("/query/01g5gxxxx-200"))[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_only_query_all_sees_what_is_deleted(api, tasks):
    api.delete(f"/sobjects/Task/{tasks['Alpha']}")
    soql = "SELECT Id FROM Task WHERE Subject = 'Alpha'"
    assert api.query(soql)["records"] == []
    found = api.get("/queryAll", q=f"{soql} AND IsDeleted = true").json()
    assert [row["Id"] for row in found["records"]] == [tasks["Alpha"]]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT FROM Task",
        "SELECT Id FROM Task WHERE",
        "SELECT Id FROM Task WHERE Subject = 'open",
        "SELECT Id FROM Task WHERE Subject = 'a' AND Status = 'b' OR Priority = 'c'",
        "SELECT Id FROM Task LIMIT x",
        "SELECT Id FROM Task ORDER BY Subject NULLS nonsense",
        "SELECT Id FROM Task WHERE ActivityDate = 2026-13-45",
        "SELECT Id FROM Task WHERE CreatedDate > 2026-02-30T00:00:00Z",
        "SELECT Id FROM Task; DROP TABLE Task",
        "DELETE FROM Task",
        "",
    ],
)
def test_what_cannot_be_read_is_a_malformed_query(api, soql):
    assert problem(api.get("/query", q=soql))[:2] == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Whom.Name FROM Task", "INVALID_FIELD"),
        ("SELECT Who.Nonsense FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description LIKE 'x%'", "INVALID_FIELD"),
        ("SELECT Id FROM Task ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE ActivityDate = 2026-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Subject = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE IsClosed = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE WhoId = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Task OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_what_does_not_fit_the_objects_is_refused(api, soql, code):
    assert problem(api.get("/query", q=soql))[:2] == (400, code)


def test_days_have_names(api):
    today = datetime.now(UTC).date()
    for days, name in [(-1, "YESTERDAY"), (0, "TODAY"), (1, "TOMORROW"), (7, "NEXT_N_DAYS:7")]:
        api.create(Subject=name, ActivityDate=str(today + timedelta(days)))
        where = f"ActivityDate = {name} AND Subject = '{name}'"
        assert api.values(f"SELECT Subject FROM Task WHERE {where}") == [name]
