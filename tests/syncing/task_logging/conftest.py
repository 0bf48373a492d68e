import pytest

from syncing.sandbox.testing import running_sandbox
from tests.syncing.salesforce_connections.conftest import connect_main
from tests.syncing.task_logging.driving import people_of, start_logging


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(people=80, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def salesforce(sandbox):
    """An org as new."""
    sandbox.salesforce.reset()
    return sandbox.salesforce


@pytest.fixture
def seller(seller, salesforce):
    seller.salesforce_user_id = salesforce.users()[seller.email]["Id"]
    seller.save()
    return seller


@pytest.fixture
def main(db, salesforce):
    return connect_main(salesforce)


@pytest.fixture
def logging(main):
    """Connected, the fields are there, and everything is logged."""
    start_logging()
    return main


@pytest.fixture
def people(logging, sandbox):
    return people_of(sandbox)


@pytest.fixture
def contact(people):
    return next(one for one in people if one.salesforce_contact_id and one.email)


@pytest.fixture
def lead(people):
    return next(one for one in people if not one.salesforce_contact_id and one.email)
