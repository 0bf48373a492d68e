import pytest
from django.conf import settings
from django.utils import timezone
from redis import Redis

from syncing.models import FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.outcomes import record_crash
from syncing.people_sync.services import request_cycle, start_initial_sync
from syncing.tasks import advance_people_sync
from tests.syncing.people_sync.driving import expected_people, people_here, refreshed

QUEUE = "inbound"


@pytest.fixture
def queue():
    """The broker's queue, empty before and after."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.delete(QUEUE)
        yield lambda: redis.llen(QUEUE)
        redis.delete(QUEUE)


def test_ticks_bring_everybody_and_come_back_while_there_is_more(marketo, sandbox, queue):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    for _ in range(20):
        advance_people_sync()
        if not refreshed(run).is_open:
            break
    assert run.state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)
    assert queue() > 0


def test_an_idle_tick_does_not_come_back(marketo, queue):
    advance_people_sync()
    assert queue() == 0


def test_old_messages_with_other_arguments_are_understood(marketo, queue):
    advance_people_sync(connection_id=1, something="else")
    assert queue() == 0


@pytest.mark.django_db(transaction=True)
def test_a_start_and_a_wish_are_followed_at_once(marketo, queue):
    start_initial_sync(requested_by=None, now=timezone.now())
    assert queue() == 1
    request_cycle(now=timezone.now())
    assert queue() == 2
    assert refreshed(marketo).next_cycle_at <= timezone.now()


def test_an_error_of_our_own_ends_the_run_in_words(marketo):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    record_crash(ZeroDivisionError("x"), now=timezone.now())
    assert (refreshed(run).state, refreshed(marketo).sync_state) == ("FAILED", "OFF")
    assert "ZeroDivisionError" in run.error


def test_a_crash_of_a_live_sync_rests_a_while(marketo):
    now = timezone.now()
    FeedCursor.objects.create(feed="ACTIVITIES", token="x", watermark=now, rewound_at=now)
    MarketoConnection.objects.update(sync_state="LIVE")
    SyncRun.objects.create(kind="INCREMENTAL", started_at=now)
    record_crash(ZeroDivisionError("x"), now=now)
    assert refreshed(marketo).sync_state == "LIVE"
    assert marketo.next_cycle_at > now
