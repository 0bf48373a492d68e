import pytest

from syncing.sandbox.testing import running_mailbox
from tests.activities.factories import make_channel, make_identity


@pytest.fixture(scope="session")
def _mailbox():
    with running_mailbox() as mail:
        yield mail


@pytest.fixture
def mail(_mailbox):
    """The sandbox's mailbox server, empty and without faults."""
    _mailbox.clear()
    return _mailbox


@pytest.fixture
def identity(seller):
    return make_identity(seller)


@pytest.fixture
def channel(seller, mail):
    """The seller's own channel, to the sandbox's mailbox server."""
    return make_channel(seller, mail=mail)
