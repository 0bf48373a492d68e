import pytest

from admin_config.api_tokens import create_api_token
from syncing.webhooks.services import add_endpoint
from tests.syncing.webhooks.driving import NOW
from tests.syncing.webhooks.receiver import running_receiver


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(db, receiver):
    return add_endpoint(url=receiver.url, now=NOW)


@pytest.fixture
def token(seller):
    return create_api_token(user=seller, name="Test", now=NOW)
