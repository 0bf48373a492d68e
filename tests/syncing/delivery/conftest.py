import pytest

from tests.syncing.delivery.driving import people_of, start_logging


@pytest.fixture(autouse=True)
def _no_settling(settings):
    settings.MARKETO_SETTLE_SECONDS = 0.05


@pytest.fixture
def logging(marketo):
    """Connected, the types are in order, and logging is on."""
    start_logging(marketo)
    return marketo


@pytest.fixture
def people(logging, sandbox):
    return people_of(sandbox, 40)


@pytest.fixture
def person(people):
    return people[0]
