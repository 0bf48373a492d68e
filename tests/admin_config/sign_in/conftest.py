from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.sign_in.policy import change_policy
from syncing.sandbox.testing import running_sandbox
from tests.syncing.salesforce_connections.conftest import connect_main

PASSWORD = "Rail-Signal-9"


@pytest.fixture(scope="module")
def _sandbox_process():
    with running_sandbox(people=10, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def salesforce(db, _sandbox_process):
    """The org that the workspace is connected to, as new."""
    _sandbox_process.salesforce.reset()
    connect_main(_sandbox_process.salesforce)
    return _sandbox_process.salesforce


@pytest.fixture
def seller(seller):
    """Not yet known to be anybody in Salesforce; there is a Sam in the sandbox."""
    seller.salesforce_user_id = ""
    seller.save()
    return seller


@pytest.fixture
def salesforce_only(salesforce):
    change_policy(policy="SALESFORCE_ONLY", by=None, now=timezone.now())


def sign_in_by_salesforce(client, salesforce, *, next_url="", **decision):
    """As a browser does it; the first answer to the way back."""
    page = client.get(reverse("salesforce_login"), {"next": next_url} if next_url else {})
    location = salesforce.decide(page.url, **decision)
    return come_back(client, location)


def come_back(client, location):
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def refusal(client, response):
    """What the sign-in page says, to which whoever was refused is led."""
    assert response.url == reverse("account_login")
    text = client.get(response.url).content.decode()
    assert not is_signed_in(client)
    return text


def is_signed_in(client):
    return client.get(reverse("settings:profile")).status_code == 200


def signed_in_email(client):
    return client.get(reverse("settings:profile")).context["request"].user.email
