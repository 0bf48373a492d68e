from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.models import ApiUsage, MarketoConnection, SyncRun
from syncing.people_sync.capabilities import Capability, remember
from syncing.people_sync.services import estimate
from syncing.sandbox import SANDBOX_SMART_LIST_ID
from syncing.selectors import (
    field_preview,
    get_connection,
    recent_runs,
    sync_status,
    usage_last_7_days,
)
from syncing.usage import refresh_usage
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import expected_people, full_sync

pytestmark = pytest.mark.django_db


def status(django_assert_max_num_queries, **changes):
    MarketoConnection.objects.update(**changes)
    with django_assert_max_num_queries(1):
        return sync_status(timezone.now())


@pytest.fixture
def bare(db):
    return MarketoConnection.objects.create(
        id=1,
        base_url="https://123-abc-456.mktorest.com",
        client_id="x",
        client_secret="x",
        connected_at=timezone.now(),
        described_fields={"email": {"label": "Email", "data_type": "email", "length": 255}},
    )


def test_without_a_connection_there_is_nothing_to_show(db):
    assert get_connection() is None
    assert sync_status(timezone.now()).state == "off"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"sync_state": "OFF"}, "off"),
        ({"sync_state": "PAUSED"}, "warning"),
        ({"sync_state": "LIVE", "state": "NEEDS_ATTENTION"}, "error"),
        ({"sync_state": "LIVE", "state": "PAUSED_UNTIL"}, "warning"),
        ({"sync_state": "LIVE"}, "busy"),
    ],
)
def test_the_state_of_the_connection_shows(bare, django_assert_max_num_queries, changes, state):
    assert status(django_assert_max_num_queries, **changes).state == state


def test_a_live_sync_says_up_to_when(bare, django_assert_max_num_queries):
    until = timezone.now() - timedelta(seconds=30)
    found = status(django_assert_max_num_queries, sync_state="LIVE", synced_until=until)
    assert (found.state, f"{until:%H:%M:%S}" in found.text) == ("ok", True)


def test_a_sync_that_lags_is_a_warning(bare, django_assert_max_num_queries):
    until = timezone.now() - timedelta(seconds=181)
    found = status(django_assert_max_num_queries, sync_state="LIVE", synced_until=until)
    assert (found.state, found.text) == (
        "warning",
        f"Behind: changes up to {until:%H:%M:%S} are in",
    )


def test_a_long_cycle_may_lag_for_three_of_them(bare, django_assert_max_num_queries):
    until = timezone.now() - timedelta(minutes=25)
    found = status(
        django_assert_max_num_queries, sync_state="LIVE", synced_until=until, cycle_seconds=600
    )
    assert found.state == "ok"


def test_a_full_run_shows_how_far_it_is(bare, django_assert_max_num_queries):
    SyncRun.objects.create(kind="INITIAL", started_at=timezone.now(), progress=0.42)
    found = status(django_assert_max_num_queries, sync_state="INITIAL")
    assert (found.state, "42" in found.text) == ("busy", True)


def test_a_run_that_waits_after_an_error_is_a_warning(bare, django_assert_max_num_queries):
    SyncRun.objects.create(
        kind="INCREMENTAL", started_at=timezone.now(), state="WAITING", error="Away"
    )
    assert status(django_assert_max_num_queries, sync_state="LIVE").state == "warning"


def test_the_preview_has_13_fields_in_the_order_of_the_product(bare):
    preview = field_preview(bare)
    assert len(preview) == 13
    assert [field.column for field in preview][:3] == [
        "first_name",
        "last_name",
        "salesforce_contact_id",
    ]
    by_column = {field.column: field for field in preview}
    assert by_column["email"].is_available
    assert by_column["email"].data_type == "email"
    assert not by_column["company"].is_available
    assert by_column["marketo_id"].is_available
    assert by_column["salesforce_opportunity_id"].is_available
    remember(bare, Capability.OPPORTUNITY_ROLES, available=False)
    by_column = {field.column: field for field in field_preview(bare)}
    assert not by_column["salesforce_opportunity_id"].is_available


def test_runs_come_newest_first(db, admin):
    now = timezone.now()
    old = SyncRun.objects.create(kind="INITIAL", started_at=now - timedelta(days=1))
    new = SyncRun.objects.create(kind="RECONCILE", started_at=now, requested_by=admin)
    assert list(recent_runs()) == [new, old]


def test_an_estimate_is_near_the_truth(sandbox, marketo):
    sandbox.reset(people=5_000)
    found = estimate(connection=marketo, now=timezone.now())
    truth = len(expected_people(sandbox))
    assert abs(found.people - truth) < 0.15 * truth
    assert found.strategy == "ID_SWEEP"
    assert found.api_calls > 5_000 / 300
    assert found.seconds > 0


@pytest.mark.parametrize(
    ("options", "strategy"),
    [
        ({"smart_list_id": SANDBOX_SMART_LIST_ID}, "SMART_LIST"),
        ({"daily_call_cap": 0}, "CREATED_AT"),
    ],
)
def test_an_estimate_names_the_strategy(sandbox, options, strategy):
    marketo = connect(sandbox)
    for name, value in options.items():
        setattr(marketo, name, value)
    if strategy == "CREATED_AT":
        marketo.daily_call_cap = 300
        sandbox.create_lead(id=100_000, lastName="Far")
    assert estimate(connection=marketo, now=timezone.now()).strategy == strategy


def test_usage_is_taken_over_from_marketo(marketo, sandbox):
    full_sync()
    today = usage_last_7_days()[0]
    assert 0 < today.own <= today.total
    ApiUsage.objects.all().delete()
    assert not usage_last_7_days()


def test_usage_is_asked_for_a_few_times_an_hour(marketo, sandbox):
    for _ in range(3):
        refresh_usage(marketo, now=timezone.now())
    assert sandbox.calls()["/rest/v1/stats/usage/last7days.json"] == 2  # one while connecting
