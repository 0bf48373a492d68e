from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from activities.models import IdempotentRequest
from activities.tasks import forget_old_idempotent_requests

NOW = timezone.now()


@pytest.mark.django_db
def test_requests_are_forgotten_after_a_day(seller):
    for hours in (1, 23, 25):
        IdempotentRequest.objects.create(
            user=seller,
            key=str(hours),
            fingerprint="x",
            status=201,
            created_at=NOW - timedelta(hours=hours),
        )

    with time_machine.travel(NOW, tick=False):
        forget_old_idempotent_requests(old="argument")

    assert set(IdempotentRequest.objects.values_list("key", flat=True)) == {"1", "23"}


def test_the_schedule_asks_for_it():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert forget_old_idempotent_requests.name in scheduled
