from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from syncing.sandbox.testing import running_sandbox
from tests.syncing.salesforce_connections.conftest import connect_main


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
def seller(seller):
    """Not yet known to be anybody in Salesforce; there is a Sam in the sandbox."""
    seller.salesforce_user_id = ""
    seller.save()
    return seller


@pytest.fixture
def main(db, salesforce):
    return connect_main(salesforce)


def text_of(response):
    return response.content.decode()


def go_and_come_back(client, salesforce, name="settings:my-salesforce-connect", **decision):
    """As a browser does it: to Salesforce, the decision there, and back to us."""
    location = salesforce.decide(client.get(reverse(name)).url, **decision)
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}", follow=True)
