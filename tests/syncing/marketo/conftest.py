import math

import pytest
from django.conf import settings
from redis import Redis

from syncing.marketo import CallBudget, Credentials, MarketoClient, Priority

SECRET = "s3cret/with+signs"  # so that its spelling in a URL is another one


@pytest.fixture
def redis():
    with Redis.from_url(settings.REDIS_URL) as connection:
        yield connection


@pytest.fixture
def budget_of(redis):
    """A budget for a made-up instance; two with the same name share everything."""

    def make(instance="https://123-abc-456.mktorest.com", **limits):
        return CallBudget(redis, instance=instance, **limits)

    return make


@pytest.fixture
def client_of(budget_of):
    """A client for a server; interactive, because that one loses patience soonest."""
    clients = []

    def make(server, priority=Priority.INTERACTIVE, within_seconds=math.inf, **limits):
        credentials = Credentials(server.base_url, "client-id", SECRET)
        budget = budget_of(server.base_url, **limits)
        client = MarketoClient(credentials, budget, priority, within_seconds=within_seconds)
        clients.append(client)
        return clients[-1]

    yield make
    for client in clients:
        client.close()
