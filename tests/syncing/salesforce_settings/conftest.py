import pytest

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
def main(db, salesforce):
    return connect_main(salesforce)
