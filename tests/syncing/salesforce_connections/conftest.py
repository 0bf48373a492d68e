from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from syncing.salesforce_connections.connecting import (
    begin_connect,
    connect_new_app,
    finish_connect,
)
from syncing.salesforce_connections.credentials import save_app
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.sandbox.testing import running_sandbox

CALLBACK = "http://testserver/settings/salesforce/callback/"


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
def org(db, salesforce):
    return save_app(
        login_url=salesforce.base_url,
        client_id=salesforce.client_id,
        client_secret=salesforce.client_secret,
    )


@pytest.fixture
def main(db, salesforce):
    return connect_main(salesforce)


def connect_main(salesforce):
    return connect_new_app(
        login_url=salesforce.base_url,
        client_id=salesforce.client_id,
        client_secret=salesforce.client_secret,
        now=timezone.now(),
    )


def connect_user(salesforce, user, *, sign_in_as=None, now=None):
    """As the browser does it; `user` None makes the main connection."""
    url, handshake = begin_connect(redirect_uri=CALLBACK)
    location = salesforce.decide(url, user=sign_in_as or user.email)
    (code,) = parse_qs(urlsplit(location).query)["code"]
    return finish_connect(
        user=user,
        code=code,
        verifier=handshake.verifier,
        redirect_uri=CALLBACK,
        now=now or timezone.now(),
    )


def stored(connection):
    return SalesforceConnection.objects.get(pk=connection.pk)
