from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.salesforce_connections.models import SalesforceUsage
from syncing.salesforce_connections.tasks import match_salesforce_users

pytestmark = pytest.mark.django_db


def test_the_daily_task_matches_users_and_forgets_old_counts(main, seller):
    old = timezone.now() - timedelta(days=31)
    SalesforceUsage.objects.create(hour=old, calls=5)

    match_salesforce_users()

    seller.refresh_from_db()
    assert seller.salesforce_user_id
    assert not SalesforceUsage.objects.filter(hour=old).exists()


def test_without_a_connection_the_daily_task_asks_nobody(seller):
    match_salesforce_users()

    seller.refresh_from_db()
    assert seller.salesforce_user_id == ""


def test_a_salesforce_that_is_away_fails_no_task(main, seller, salesforce):
    salesforce.add_fault("http", path="*/query", status=503)

    match_salesforce_users()

    seller.refresh_from_db()
    assert seller.salesforce_user_id == ""
