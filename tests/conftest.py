"""Fixtures shared by the whole suite."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def admin(db):
    return get_user_model().objects.create_superuser(
        "admin@example.com", "Rail-Signal-9", first_name="Ada", last_name="Admin"
    )


@pytest.fixture
def seller(db):
    return get_user_model().objects.create_user(
        "sam@example.com",
        "Rail-Signal-9",
        first_name="Sam",
        last_name="Seller",
        salesforce_user_id="005000000000001AAA",
    )


@pytest.fixture
def other_seller(db):
    return get_user_model().objects.create_user(
        "olga@example.com",
        "Rail-Signal-9",
        first_name="Olga",
        last_name="Other",
        salesforce_user_id="005000000000002AAA",
    )


@pytest.fixture
def admin_client(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def seller_client(client, seller):
    client.force_login(seller)
    return client
