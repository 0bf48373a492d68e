import pytest
import requests

VERSION = "/services/data/v66.0"
KEY = "Actions_Activity_Id__c"


class Caller:
    """A plain HTTP caller with a session, as little of a client as can be."""

    def __init__(self, salesforce, user="sam@example.com"):
        self.salesforce = salesforce
        self.base_url = salesforce.base_url
        self.session = requests.Session()
        self.tokens = salesforce.sign_in(user)
        self.session.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def call(self, method, path, **rest):
        return self.session.request(method, f"{self.base_url}{VERSION}{path}", timeout=10, **rest)

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def post(self, path, content=None):
        return self.call("POST", path, json=content)

    def patch(self, path, content=None, **rest):
        return self.call("PATCH", path, json=content, **rest)

    def delete(self, path, **params):
        return self.call("DELETE", path, params=params)

    def create(self, object_name="Task", **values):
        made = self.post(f"/sobjects/{object_name}", values)
        assert made.status_code == 201, made.text
        return made.json()["id"]

    def task(self, record_id):
        return self.get(f"/sobjects/Task/{record_id}").json()

    def query(self, soql, **headers):
        found = self.call("GET", "/query", params={"q": soql}, headers=headers)
        assert found.ok, found.text
        return found.json()

    def values(self, soql):
        """The first selected value of each row."""
        rows = self.query(soql)["records"]
        return [next(row[name] for name in row if name != "attributes") for row in rows]

    def upsert_all(self, *records, all_or_none=False):
        items = [{"attributes": {"type": "Task"}, **record} for record in records]
        content = {"allOrNone": all_or_none, "records": items}
        return self.patch(f"/composite/sobjects/Task/{KEY}", content)

    def lead_id(self):
        return self.values("SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1")[0]

    def contact_id(self):
        return self.values("SELECT Id FROM Contact WHERE AccountId != null LIMIT 1")[0]


def problem(response):
    """The code of a refusal, and what is said about fields."""
    [item] = response.json()
    return response.status_code, item["errorCode"], item.get("fields")


@pytest.fixture
def salesforce(shared_sandbox):
    """A fresh org of 300 people."""
    shared_sandbox.reset()
    shared_sandbox.salesforce.reset()
    return shared_sandbox.salesforce


@pytest.fixture
def api(salesforce):
    """Signed in as Sam."""
    return Caller(salesforce)


@pytest.fixture
def keyed(salesforce):
    """Tasks have our key."""
    salesforce.add_field(KEY, type="Text", length=64, externalId=True, unique=True)
