import pytest
from django.urls import reverse
from django.utils import timezone

from syncing.connections import connect_marketo
from syncing.people_sync.services import start_initial_sync
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from syncing.sandbox.testing import running_sandbox


@pytest.fixture(scope="module")
def shared_sandbox():
    with running_sandbox(people=300, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    yield shared_sandbox
    shared_sandbox.clear_faults()


@pytest.fixture
def credentials(sandbox):
    return {
        "base_url": sandbox.base_url,
        "client_id": SANDBOX_CLIENT_ID,
        "client_secret": SANDBOX_CLIENT_SECRET,
    }


@pytest.fixture
def connection(db, credentials):
    return connect_marketo(**credentials, now=timezone.now())


@pytest.fixture
def run(connection, admin):
    return start_initial_sync(requested_by=admin, now=timezone.now())


@pytest.fixture
def page(admin_client):
    """The Marketo page as text."""

    def text():
        return admin_client.get(reverse("settings:marketo")).content.decode()

    return text
