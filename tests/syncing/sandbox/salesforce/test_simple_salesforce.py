"""The client library that talks to real orgs talks to the sandbox."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce as Client
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql

from tests.syncing.sandbox.salesforce.conftest import KEY


class PlainHttp(HTTPAdapter):
    """The library always asks for https, which the sandbox does not speak."""

    def send(self, request, **rest):
        parts = urlsplit(request.url)
        request.url = urlunsplit(("http", *parts[1:]))
        return super().send(request, **{**rest, "timeout": 10})


@pytest.fixture
def client(salesforce):
    tokens = salesforce.sign_in()
    session = requests.Session()
    session.mount("https://", PlainHttp())
    return Client(
        session_id=tokens["access_token"],
        instance_url=tokens["instance_url"],
        session=session,
        version="66.0",
    )


def test_records_are_created_read_changed_and_deleted(client):
    made = client.Task.create({"Subject": "Call", "Priority": "High"})
    assert made["success"] is True
    assert client.Task.get(made["id"])["IsHighPriority"] is True
    assert client.Task.update(made["id"], {"Status": "Completed"}) == 204
    assert client.Task.get(made["id"])["IsClosed"] is True
    assert client.Task.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Task.get(made["id"])


def test_upserts_by_external_id(salesforce, client, keyed):
    assert client.Task.upsert(f"{KEY}/a1", {"Subject": "First"}) == 201
    assert client.Task.upsert(f"{KEY}/a1", {"Subject": "Second"}) == 200
    assert client.Task.get_by_custom_id(KEY, "a1")["Subject"] == "Second"
    salesforce.add_field("Loose__c", type="Text", length=10, externalId=True)
    for _ in range(2):
        client.Task.create({"Loose__c": "x"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Task.upsert("Loose__c/x", {"Subject": "Third"})


def test_collections(client, keyed):
    records = [{"attributes": {"type": "Task"}, KEY: str(n), "Subject": "x"} for n in range(200)]
    rows = client.restful(
        f"composite/sobjects/Task/{KEY}",
        method="PATCH",
        json={"allOrNone": False, "records": records},
    )
    assert [row["created"] for row in rows] == [True] * 200


def test_queries_are_paged_lazily_and_quoted(client, keyed):
    subject = "O'Brien \\ 100%"
    client.Task.create({"Subject": subject})
    soql = format_soql("SELECT Subject FROM Task WHERE Subject = {}", subject)
    assert client.query(soql)["records"][0]["Subject"] == subject
    like = format_soql("SELECT Subject FROM Task WHERE Subject LIKE '%{:like}'", "100%")
    assert client.query(like)["totalSize"] == 1
    recent = format_soql(
        "SELECT Id FROM Task WHERE SystemModstamp > {}", datetime.now(UTC) - timedelta(hours=1)
    )
    assert client.query(recent)["totalSize"] == 1
    options = {"Sforce-Query-Options": "batchSize=200"}
    people = list(client.query_all_iter("SELECT Id FROM Contact", headers=options))
    assert len({person["Id"] for person in people}) == len(people)
    assert client.query_all("SELECT Id FROM Task", include_deleted=True)["done"] is True


def test_describe_limits_and_windows(client):
    names = {field["name"] for field in client.Lead.describe()["fields"]}
    assert {"HasOptedOutOfEmail", "ConvertedContactId"} < names
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.api_usage["api-usage"].total == 100_000
    start, end = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(minutes=1)
    made = client.Task.create({"Subject": "x"})["id"]
    assert client.Task.updated(start, end)["ids"] == [made]
    client.Task.delete(made)
    assert [row["id"] for row in client.Task.deleted(start, end)["deletedRecords"]] == [made]


def test_refusals_come_as_its_exceptions(salesforce, client):
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Task.create({"Subject": "x" * 300})
    assert refused.value.content[0]["errorCode"] == "STRING_TOO_LONG"
    salesforce.expire_sessions()
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Task")
