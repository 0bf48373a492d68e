import pytest

from syncing.salesforce import ApiSession, App, SalesforceClient
from syncing.sandbox.testing import running_sandbox


@pytest.fixture(scope="module")
def _sandbox_process():
    with running_sandbox(people=40, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def salesforce(_sandbox_process):
    """An org as new."""
    _sandbox_process.salesforce.reset()
    return _sandbox_process.salesforce


@pytest.fixture
def app(salesforce):
    return App(salesforce.base_url, salesforce.client_id, salesforce.client_secret)


@pytest.fixture
def session(salesforce):
    return signed_in(salesforce)


@pytest.fixture
def client(session):
    with SalesforceClient(session) as client:
        yield client


def signed_in(salesforce):
    answer = salesforce.sign_in()
    return ApiSession(answer["access_token"], answer["instance_url"])
