import pytest
from django.utils import timezone

from syncing.delivery.sweep import sweep
from tests.syncing.delivery.driving import (
    EXTERNAL,
    assert_each_is_there_once,
    deliver,
    record_mixed,
)

pytestmark = pytest.mark.django_db


def test_activities_of_all_kinds_are_delivered_once_in_full_calls(sandbox, people, seller):
    record_mixed(people, seller, 650)
    before = sandbox.calls().get(EXTERNAL, 0)
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    assert sandbox.calls()[EXTERNAL] - before == 3


def test_an_idle_system_calls_nobody(sandbox, people, seller):
    record_mixed(people, seller, 3)
    deliver(sandbox)
    before = sandbox.calls()
    for _ in range(3):
        assert sweep(now=timezone.now()) is False
    assert sandbox.calls() == before
