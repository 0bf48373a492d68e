import pytest
from django.conf import settings
from django.utils import timezone
from redis import Redis

from syncing.models import FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.services import request_cycle, start_initial_sync
from syncing.tasks import advance_people_sync
from tests.syncing.people_sync.driving import drive, expected_people, people_here, refreshed

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


def break_run(run):
    """Have the next slices of this run end in an error of our own."""
    SyncRun.objects.filter(pk=run.pk).update(checkpoint={"phase": "nonsense"})


def crash():
    SyncRun.objects.update(resume_at=None)
    with pytest.raises(ValueError, match="nonsense"):
        advance_people_sync()


def test_an_error_of_our_own_is_tried_again_before_it_ends_the_run_in_words(marketo, sandbox):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    break_run(run)
    crash()
    assert (refreshed(run).state, refreshed(marketo).sync_state) == ("WAITING", "INITIAL")
    assert run.resume_at > timezone.now()
    crash()
    crash()
    assert (refreshed(run).state, refreshed(marketo).sync_state) == ("FAILED", "OFF")
    assert "ValueError" in run.error


def test_a_run_goes_on_after_an_error_of_our_own(marketo, sandbox):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    break_run(run)
    crash()
    run.checkpoint = {}
    run.save(update_fields=["checkpoint"])
    drive(run)
    assert people_here() == expected_people(sandbox)


def test_an_error_of_our_own_ends_no_other_run(live):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    FeedCursor.objects.filter(feed="ACTIVITIES").delete()
    for _ in range(3):
        SyncRun.objects.update(resume_at=None)
        with pytest.raises(KeyError):
            advance_people_sync()
    assert SyncRun.objects.get(kind="INCREMENTAL").state == "FAILED"
    assert refreshed(live).next_cycle_at > timezone.now()
    assert refreshed(run).is_open
    assert live.sync_state == "LIVE"


def test_a_redis_that_blinks_ends_no_run(marketo, settings):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": cache | {"LOCATION": "redis://127.0.0.1:9"}}
    advance_people_sync()
    assert refreshed(run).state != "FAILED"
    assert refreshed(marketo).sync_state in {"INITIAL", "LIVE"}
