from datetime import UTC, datetime

import pytest
from django.test import Client

from admin_config.api_tokens import create_api_token

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Api:
    """A consumer of the API, with a token."""

    def __init__(self, secret):
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def get(self, path="people/", *, headers=None, **parameters):
        return self.client.get(f"/api/v1/{path}", parameters, headers=headers)

    def follow(self, url):
        return self.client.get(url.removeprefix("http://testserver")).json()

    def ids(self, **parameters):
        """The ids of all pages, in order."""
        page = self.get(**parameters).json()
        ids = [person["id"] for person in page["results"]]
        while page["next"]:
            page = self.follow(page["next"])
            ids += [person["id"] for person in page["results"]]
        return ids


@pytest.fixture
def token(seller):
    return create_api_token(user=seller, name="Test", now=NOW)


@pytest.fixture
def api(token):
    return Api(token[1])
