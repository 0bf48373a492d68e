import csv
import io
import time

import pytest
import requests

from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from syncing.sandbox.testing import running_sandbox

LAST_CHANCE_SECONDS = 20


class Caller:
    """A plain HTTP caller with a token, as little of a client as can be."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.session = requests.Session()
        self.sign_in()

    def sign_in(self):
        token = self.identity().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def identity(self, secret=SANDBOX_CLIENT_SECRET):
        return requests.get(
            f"{self.base_url}/identity/oauth/token",
            params={
                "grant_type": "client_credentials",
                "client_id": SANDBOX_CLIENT_ID,
                "client_secret": secret,
            },
            timeout=10,
        )

    def raw(self, path, method="GET", **rest):
        return self.session.request(method, f"{self.base_url}{path}", timeout=10, **rest)

    def get(self, path, **params):
        return self.raw(path, params=params).json()

    def post(self, path, content=None):
        return self.raw(path, "POST", json=content).json()

    def code(self, path, **params):
        return self.get(path, **params)["errors"][0]["code"]

    def leads(self, ids, fields="id,email"):
        values = ",".join(map(str, ids))
        path = "/rest/v1/leads.json"
        return self.get(path, filterType="id", filterValues=values, fields=fields)["result"]

    def feed_token(self, since="2020-01-01T00:00:00Z"):
        path = "/rest/v1/activities/pagingtoken.json"
        return self.get(path, sinceDatetime=since)["nextPageToken"]

    def feed(self, name, token, **params):
        """All rows after the token, and the token at the end."""
        rows, more = [], True
        while more:
            page = self.get(f"/rest/v1/activities{name}.json", nextPageToken=token, **params)
            rows += page.get("result", [])
            token, more = page["nextPageToken"], page["moreResult"]
        return rows, token

    def create_export(self, fields=("id",), filter_=None, **rest):
        order = {"format": "CSV", "fields": list(fields), "filter": filter_, **rest}
        return self.post("/bulk/v1/leads/export/create.json", order)

    def enqueue(self, export_id):
        return self.post(f"/bulk/v1/leads/export/{export_id}/enqueue.json")

    def status(self, export_id):
        return self.get(f"/bulk/v1/leads/export/{export_id}/status.json")["result"][0]

    def completed_export(self, fields=("id",), filter_=None, **rest):
        """The job, once it is done."""
        export_id = self.create_export(fields, filter_, **rest)["result"][0]["exportId"]
        self.enqueue(export_id)
        self.await_status(export_id, "Completed")
        return self.status(export_id)

    def await_status(self, export_id, status):
        """Watch through the control API, where no limit counts the looks."""
        end = time.monotonic() + LAST_CHANCE_SECONDS
        while self.statuses()[export_id] != status:
            assert time.monotonic() < end, self.statuses()

    def statuses(self):
        return {job["exportId"]: job["status"] for job in self.get("/control/exports")}

    def file(self, job, **headers):
        return self.raw(f"/bulk/v1/leads/export/{job['exportId']}/file.json", headers=headers)

    def rows(self, job):
        text = self.file(job).content.decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="session")
def shared_sandbox():
    with running_sandbox(people=300) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox):
    """A freshly seeded sandbox of 300 people."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def api(sandbox):
    return Caller(sandbox.base_url)
