from datetime import UTC, datetime, timedelta

import pytest

from admin_config.marketo.progress import RunProgress
from admin_config.templatetags.settings_ui import duration
from syncing.models import SyncRun

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def progress(**fields):
    return RunProgress(SyncRun(kind="INITIAL", started_at=NOW, **fields))


def test_rate_counts_time_at_work_only():
    assert progress(read=12_000, busy_seconds=60).per_second == 200


def test_time_left_follows_the_pace_so_far():
    assert progress(progress=0.25, busy_seconds=60).time_left == timedelta(minutes=3)


@pytest.mark.parametrize(
    "fields",
    [
        {"progress": 0.5, "busy_seconds": 0.2},
        {"progress": 0, "busy_seconds": 60},
        {"progress": 1, "busy_seconds": 60, "state": "SUCCEEDED"},
    ],
)
def test_no_time_left_is_guessed(fields):
    assert progress(**fields).time_left is None


@pytest.mark.parametrize("fields", [{"state": "PAUSED"}, {"state": "WAITING", "error": "Away"}])
def test_run_that_rests_has_neither_rate_nor_time_left(fields):
    shown = progress(read=12_000, progress=0.5, busy_seconds=60, **fields)

    assert (shown.per_second, shown.time_left) == (None, None)


def test_no_rate_before_there_was_work():
    assert progress(read=10, busy_seconds=0.1).per_second is None


def test_skipped_reasons_are_in_words_with_the_commonest_first():
    shown = progress(skipped={"QUEUE_OWNER": 3, "NO_OWNER": 12, "NEW_REASON": 1})

    assert [(str(reason), count) for reason, count in shown.skipped] == [
        ("No sales owner", 12),
        ("Owned by a queue, not by a user", 3),
        ("NEW_REASON", 1),
    ]
    assert shown.run.skipped_total == 16


def test_percent_never_exceeds_100():
    assert progress(progress=1.2).percent == 100


def test_duration_of_a_finished_run():
    finished = progress(finished_at=NOW + timedelta(seconds=90), state="SUCCEEDED")

    assert finished.duration == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (12.4, "12 s"), (250, "4 min 10 s"), (7_500, "2 h 5 min"), (90_000, "25 h 0 min")],
)
def test_lengths_of_time_in_two_units(seconds, shown):
    assert duration(timedelta(seconds=seconds)) == shown


def test_unknown_length_is_a_dash():
    assert duration(None) == "–"
