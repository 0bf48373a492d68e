import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from syncing.errors import Misconfigured, Permanent, QuotaExhausted, Transient
from syncing.salesforce_connections.budget import Importance, own_calls
from syncing.salesforce_connections.calling import calling, client_for
from syncing.salesforce_connections.credentials import renew_session
from syncing.salesforce_connections.health import note_failure
from syncing.salesforce_connections.matching import match_users
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.probe import test_connection as probe
from syncing.salesforce_connections.selectors import connection_for, unconnected_users
from syncing.salesforce_connections.signals import salesforce_connection_lost
from tests.syncing.salesforce_connections.conftest import connect_main, connect_user, stored

pytestmark = pytest.mark.django_db
State = SalesforceConnection.State
TASK = {"Subject": "Email: Pricing", "Status": "Completed", "Priority": "Normal"}


@pytest.fixture
def own(main, salesforce, seller):
    return connect_user(salesforce, seller)


@pytest.fixture
def lost():
    heard = []

    def hear(connection, **_):
        heard.append(connection)

    salesforce_connection_lost.connect(hear)
    yield heard
    salesforce_connection_lost.disconnect(hear)


def call(connection, **options):
    with calling(stored(connection), now=timezone.now(), **options) as client:
        return client.limits()


def test_a_seller_calls_over_their_own_connection(own, seller, salesforce):
    with client_for(user=seller, now=timezone.now()) as client:
        client.create("Task", [TASK])

    (task,) = salesforce.live()
    assert task["CreatedById"] == own.salesforce_user_id


def test_who_is_not_connected_calls_over_the_main_connection(own, main, other_seller, salesforce):
    with client_for(user=other_seller, now=timezone.now()) as client:
        client.create("Task", [TASK])

    (task,) = salesforce.live()
    assert task["CreatedById"] == main.salesforce_user_id


def test_without_any_connection_nothing_is_called(seller):
    with pytest.raises(Misconfigured, match="not connected"):
        client_for(user=seller, now=timezone.now())


def test_an_expired_session_is_renewed_and_stored(own, salesforce):
    salesforce.expire_sessions()

    call(own)

    renewed = stored(own)
    assert renewed.access_token != own.access_token
    assert renewed.state == State.CONNECTED
    call(own)
    assert salesforce.calls()["POST /services/oauth2/token"] == 3


def test_a_session_of_client_credentials_is_renewed_the_same_way(main, salesforce):
    salesforce.expire_sessions()

    call(main)

    assert stored(main).access_token != main.access_token


def test_a_rotated_refresh_token_is_kept_for_the_next_time(own, salesforce):
    salesforce.change_settings(rotation=True)
    for _ in range(3):
        salesforce.expire_sessions()
        call(own)

    assert stored(own).refresh_token != own.refresh_token


@pytest.mark.django_db(transaction=True)
def test_of_many_who_find_the_session_expired_only_one_renews_it(own, salesforce):
    salesforce.change_settings(rotation=True)
    salesforce.expire_sessions()
    before = salesforce.calls()["POST /services/oauth2/token"]
    start, failures = threading.Barrier(4), []

    def work():
        try:
            start.wait(10)
            call(own)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert salesforce.calls()["POST /services/oauth2/token"] == before + 1
    assert stored(own).state == State.CONNECTED


@pytest.mark.django_db(transaction=True)
def test_a_renewal_is_refused_where_a_rollback_would_lose_the_new_token(own):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        renew_session(own.pk, own.access_token, now=timezone.now())


def test_a_revoked_connection_needs_reconnect_and_says_so_once(own, seller, salesforce, lost):
    salesforce.revoke_approvals(own.salesforce_user_id)

    for _ in range(2):
        with pytest.raises(Misconfigured):
            call(own)

    assert stored(own).state == State.NEEDS_RECONNECT
    assert "Connect again" in stored(own).state_reason
    assert [connection.pk for connection in lost] == [own.pk]
    assert salesforce.calls()["POST /services/oauth2/token"] == 3
    assert list(unconnected_users()) == [seller]


def test_while_a_sellers_connection_is_lost_the_main_one_takes_over(own, main, seller, salesforce):
    salesforce.revoke_approvals(own.salesforce_user_id)
    with pytest.raises(Misconfigured):
        call(own)

    assert connection_for(seller, now=timezone.now()) == main


def test_connecting_again_ends_what_was_wrong(own, seller, salesforce):
    salesforce.revoke_approvals(own.salesforce_user_id)
    with pytest.raises(Misconfigured):
        call(own)

    connect_user(salesforce, seller)

    assert stored(own).state == State.CONNECTED
    call(own)


def test_an_old_error_does_not_spoil_a_new_connection(own, seller, salesforce):
    """A call that began before the user connected again ends after it."""
    connect_user(salesforce, seller, now=timezone.now() + timedelta(seconds=1))

    note_failure(own, Misconfigured("expired", setting="connection"), now=timezone.now())

    assert stored(own).state == State.CONNECTED


def test_a_user_who_is_switched_off_in_salesforce_is_named_as_the_reason(own, salesforce):
    salesforce.change_user(own.salesforce_user_id, IsActive=False)
    salesforce.expire_sessions()

    with pytest.raises(Misconfigured, match="not active"):
        call(own)


def test_the_daily_limit_pauses_the_connection_until_it_is_looked_at_again(main, salesforce):
    salesforce.change_settings(daily_calls=1)
    now = timezone.now()

    with pytest.raises(QuotaExhausted):
        call(main)
    assert stored(main).state == State.PAUSED
    with pytest.raises(Transient) as pause:
        call(main)
    assert 0 < pause.value.retry_after <= 15 * 60

    salesforce.change_settings(daily_calls=100_000)
    with calling(stored(main), now=now + timedelta(minutes=16)) as client:
        client.limits()
    assert stored(main).state == State.CONNECTED


def test_a_row_of_failures_opens_the_circuit_and_a_success_closes_it(main, salesforce):
    salesforce.add_fault("http", path="*/limits", status=503, times=5)
    for _ in range(5):
        with pytest.raises(Transient):
            call(main)
    calls = salesforce.calls()["GET /services/data/v66.0/limits"]

    with pytest.raises(Transient):
        call(main)
    assert salesforce.calls()["GET /services/data/v66.0/limits"] == calls

    with calling(stored(main), now=timezone.now() + timedelta(seconds=31)) as client:
        client.limits()
    assert stored(main).state == State.CONNECTED
    assert stored(main).failures == 0


def test_a_refused_record_says_nothing_of_the_connection(main):
    with pytest.raises(Permanent), calling(main, now=timezone.now()) as client:
        client.describe("Nothing__c")

    assert stored(main).state == State.CONNECTED


def test_an_org_without_api_is_tried_again_after_an_hour(main, salesforce):
    salesforce.change_settings(api_enabled=False)
    with pytest.raises(Misconfigured, match="API Enabled"):
        call(main)

    assert stored(main).state == State.PAUSED
    salesforce.change_settings(api_enabled=True)
    with calling(stored(main), now=timezone.now() + timedelta(minutes=61)) as client:
        assert client.limits()


@pytest.mark.parametrize(
    ("used", "allowed"),
    [
        (79, {Importance.LOW, Importance.NORMAL, Importance.VITAL}),
        (85, {Importance.NORMAL, Importance.VITAL}),
        (96, {Importance.VITAL}),
    ],
)
def test_as_calls_run_short_only_what_matters_goes_on(main, used, allowed):
    SalesforceOrg.objects.update(api_used=used, api_max=100, api_told_at=timezone.now())

    assert {importance for importance in Importance if goes(main, importance)} == allowed
    assert stored(main).state == State.CONNECTED


def goes(connection, importance):
    try:
        with calling(connection, now=timezone.now(), importance=importance):
            return True
    except QuotaExhausted:
        return False


def test_a_limit_that_was_short_is_looked_at_again_after_a_while(main, salesforce):
    told_at = timezone.now() - timedelta(minutes=11)
    SalesforceOrg.objects.update(api_used=99, api_max=100, api_told_at=told_at)

    assert goes(main, Importance.LOW)
    assert SalesforceOrg.objects.get().api_max == 100_000


def test_our_own_cap_counts_our_own_calls_of_24_hours(main, salesforce):
    now = timezone.now()
    SalesforceOrg.objects.update(daily_call_cap=10)
    for _ in range(7):
        call(main)
    assert own_calls(now=now) == 7
    assert goes(main, Importance.LOW)

    call(main)
    assert not goes(main, Importance.LOW)
    assert goes(main, Importance.NORMAL)
    assert own_calls(now=now + timedelta(hours=25)) == 0


def test_users_are_matched_by_their_address(main, salesforce, seller, other_seller, admin):
    other_seller.salesforce_user_id = ""
    other_seller.email = "nobody@example.com"
    other_seller.save()

    matching = match_users(now=timezone.now())

    seller.refresh_from_db()
    assert seller.salesforce_user_id == salesforce.users()["sam@example.com"]["Id"]
    assert matching.filled == 2
    assert matching.without == ("nobody@example.com",)


def test_two_salesforce_users_with_one_address_are_nobodys(main, salesforce, seller):
    other = next(u for e, u in salesforce.users().items() if e != "sam@example.com")
    salesforce.change_user(other["Id"], Email="sam@example.com")

    assert match_users(now=timezone.now()).ambiguous == ("sam@example.com",)
    seller.refresh_from_db()
    assert seller.salesforce_user_id == ""


def test_the_test_finds_nothing_wrong_with_a_good_connection(main):
    assert probe(main, now=timezone.now()).ok


def test_the_test_says_what_is_wrong_and_a_connection_that_works_again_goes_on(main, salesforce):
    salesforce.change_settings(api_enabled=False)
    (problem,) = probe(main, now=timezone.now()).problems
    assert problem.code == "API_DISABLED_FOR_ORG"
    assert stored(main).state == State.PAUSED

    salesforce.change_settings(api_enabled=True)
    assert probe(stored(main), now=timezone.now()).ok
    assert stored(main).state == State.CONNECTED


def test_a_new_main_connection_replaces_the_former(main, salesforce):
    again = connect_main(salesforce)

    assert SalesforceConnection.objects.get() == again
