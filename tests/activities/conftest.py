import pytest

from activities.destinations import reporters
from admin_config.api_tokens import create_api_token
from tests.activities.logged import NOW
from tests.people.api.conftest import Api


@pytest.fixture
def reported():
    """What the one destination says of each activity; add to it."""
    reports, usual = [], list(reporters)
    reporters[:] = [lambda _uuids: reports]
    yield reports
    reporters[:] = usual


@pytest.fixture
def api(seller):
    _token, secret = create_api_token(user=seller, name="Test", now=NOW)
    return Api(secret)
