import pytest
from django.utils import timezone

from people.models import Group, Person, Unsubscribe
from syncing.connections import (
    budget_for,
    calls_left_today,
    connect_marketo,
    disconnect_marketo,
    is_sandbox,
    retry_connection,
    rotate_secret,
    rotate_webhook,
)
from syncing.connections import (
    test_connection as check_connection,
)
from syncing.errors import Misconfigured
from syncing.marketo import Credentials
from syncing.models import FeedCursor, MarketoConnection, PeopleOrigin, SyncRun
from syncing.people_sync.removals import delete_everybody
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from syncing.sandbox.marketo.settings import PERMISSIONS
from tests.syncing.conftest import connect
from tests.syncing.delivery.driving import record_one
from tests.syncing.people_sync.driving import expected_people, full_sync, people_here, refreshed

pytestmark = pytest.mark.django_db


def report_for(sandbox, **changes):
    credentials = {
        "base_url": sandbox.base_url,
        "client_id": SANDBOX_CLIENT_ID,
        "client_secret": SANDBOX_CLIENT_SECRET,
    }
    return check_connection(Credentials(**(credentials | changes)))


def test_good_credentials_have_nothing_wrong(sandbox):
    report = report_for(sandbox)
    assert report.ok
    assert not report.notes


def test_bad_credentials_are_named(sandbox):
    (problem,) = report_for(sandbox, client_secret="wrong").problems
    assert problem.setting == "credentials"
    assert "client ID and secret" in problem.message


@pytest.mark.parametrize("permission", ["Read-Only Lead", "Read-Only Activity"])
def test_a_missing_permission_is_named(sandbox, permission):
    sandbox.set_limits(permissions=[each for each in PERMISSIONS if each != permission])
    (problem,) = report_for(sandbox).problems
    assert (problem.setting, problem.code) == ("permissions", "603")
    assert permission in problem.message


def test_all_missing_permissions_are_named(sandbox):
    sandbox.set_limits(permissions=[])
    with pytest.raises(Misconfigured, match=r"Read-Only Lead.*Read-Only Activity"):
        connect(sandbox)
    assert not MarketoConnection.objects.exists()


def test_without_opportunities_it_works_with_a_note(sandbox):
    sandbox.set_limits(permissions=["Read-Only Lead", "Read-Only Activity"])
    report = report_for(sandbox)
    assert report.ok
    assert "Read-Only Opportunity" in report.notes[0]


def test_a_native_crm_sync_without_roles_is_a_note(sandbox):
    sandbox.set_limits(opportunity_roles=False)
    report = report_for(sandbox)
    assert report.ok
    assert len(report.notes) == 1


def test_an_ip_restriction_is_told_from_a_missing_permission(sandbox):
    sandbox.add_fault("error", "/rest/*", code="603", message="Access denied", times=0)
    (problem,) = report_for(sandbox).problems
    assert "IP allowlist" in problem.message


def test_an_unreachable_host_is_named(sandbox):
    (problem,) = report_for(sandbox, base_url="http://127.0.0.1:9").problems
    assert problem.setting == "base_url"
    assert "127.0.0.1:9 cannot be reached" in problem.message


def test_something_else_than_marketo_is_said_to_be_so(sandbox):
    sandbox.add_fault("http", "/identity/*", status=404, times=0)
    (problem,) = report_for(sandbox).problems
    assert problem.setting == "base_url"


def test_plain_http_is_for_this_machine_only(db):
    with pytest.raises(Misconfigured, match="https"):
        connect_marketo(
            base_url="http://123-abc-456.mktorest.com",
            client_id="x",
            client_secret="x",
            now=timezone.now(),
        )


def test_connecting_stores_what_the_instance_has(sandbox):
    marketo = connect(sandbox, daily_call_cap=10_000)
    assert marketo.described_fields["email"]["data_type"] == "email"
    assert marketo.daily_call_cap == 10_000
    assert is_sandbox(marketo)
    assert marketo.client_secret == SANDBOX_CLIENT_SECRET
    assert 0 < calls_left_today(marketo) <= 8_000


def test_nothing_is_stored_when_the_fields_cannot_be_read(sandbox):
    sandbox.add_fault("error", "/rest/v1/leads/describe2.json", code="1003", message="No", times=0)
    with pytest.raises(Misconfigured, match="Read-Only Lead"):
        connect(sandbox)
    assert not MarketoConnection.objects.exists()


def test_connecting_again_keeps_the_options_and_the_place(sandbox):
    connect(sandbox, smart_list_id=1001, linkedin_field="custom")
    full_sync()
    marketo = connect(sandbox)
    assert (marketo.smart_list_id, marketo.linkedin_field) == (1001, "custom")
    assert marketo.sync_state == "LIVE"
    assert FeedCursor.objects.count() == 3


OTHER_INSTANCE = "https://123-abc-456.mktorest.com"


def pretend_people_came_from_another_instance():
    MarketoConnection.objects.update(base_url=OTHER_INSTANCE)
    PeopleOrigin.objects.update(host="123-abc-456.mktorest.com")


@pytest.mark.parametrize("is_disconnected", [False, True])
def test_another_instance_is_not_mixed_with_the_people_of_the_former(
    live, sandbox, is_disconnected
):
    pretend_people_came_from_another_instance()
    if is_disconnected:
        disconnect_marketo(now=timezone.now())
    with pytest.raises(Misconfigured, match=r"123-abc-456.*deletes") as refusal:
        connect(sandbox)
    assert refusal.value.setting == "delete_people"
    assert Person.objects.exists()
    assert MarketoConnection.objects.exists() is not is_disconnected


def test_another_instance_starts_afresh(live, sandbox, seller):
    group = Group.objects.create(owner=seller, name="Mine")
    group.people.add(Person.objects.first())
    pretend_people_came_from_another_instance()
    marketo = connect(sandbox, delete_people=True)
    assert marketo.sync_state == "OFF"
    assert not FeedCursor.objects.exists()
    assert not Person.objects.exists()
    assert not group.people.exists()
    full_sync()
    assert people_here() == expected_people(sandbox)


@pytest.fixture
def worked_with(live, seller):
    """A seller has mailed somebody, or somebody has unsubscribed."""
    person = Person.objects.first()

    def make(what):
        if what == "activity":
            record_one(person, seller)
        else:
            Unsubscribe.objects.create(
                person=person, source="MANUAL", unsubscribed_at=timezone.now()
            )

    return make


@pytest.mark.parametrize("what", ["activity", "unsubscribe"])
def test_what_sellers_did_binds_a_workspace_to_its_marketo(worked_with, what, sandbox):
    worked_with(what)
    pretend_people_came_from_another_instance()
    with pytest.raises(Misconfigured, match=r"stays with 123-abc-456.*own") as refusal:
        connect(sandbox, delete_people=True)
    assert refusal.value.setting == "base_url"
    assert Person.objects.exists()
    assert MarketoConnection.objects.get().base_url == OTHER_INSTANCE


def test_what_sellers_did_meanwhile_keeps_the_people(worked_with):
    """The look before Marketo is tested is not the last one."""
    worked_with("activity")
    assert delete_everybody() is False
    assert Person.objects.exists()


def test_the_same_instance_keeps_its_people_whatever_was_ticked(live, sandbox):
    count = Person.objects.count()
    disconnect_marketo(now=timezone.now())
    connect(sandbox, delete_people=True)
    assert Person.objects.count() == count


def test_a_sandbox_may_move_to_another_port(live, sandbox):
    MarketoConnection.objects.update(base_url="http://127.0.0.1:1")
    assert connect(sandbox).sync_state == "LIVE"


def test_a_new_secret_is_tested_first(marketo, sandbox):
    with pytest.raises(Misconfigured):
        rotate_secret(client_secret="wrong")
    assert refreshed(marketo).client_secret == SANDBOX_CLIENT_SECRET
    sandbox.set_limits(client_secret="new")
    rotate_secret(client_secret="new")
    assert refreshed(marketo).client_secret == "new"


def test_trying_again_mends_the_connection(marketo, sandbox):
    MarketoConnection.objects.update(
        state="NEEDS_ATTENTION", state_reason="broken", paused_until=timezone.now()
    )
    sandbox.add_fault("error", "/rest/*", code="603", message="Access denied", times=0)
    assert not retry_connection().ok
    assert refreshed(marketo).state == "NEEDS_ATTENTION"
    sandbox.clear_faults()
    assert retry_connection().ok
    assert (refreshed(marketo).state, marketo.state_reason) == ("CONNECTED", "")
    assert marketo.paused_until is None


def test_trying_again_after_the_quota_was_raised_goes_on(marketo):
    budget = budget_for(marketo)
    budget.stop_until_reset()
    assert retry_connection().ok
    assert budget.status().exhausted_until is None


def test_disconnecting_keeps_the_people(marketo_with_list):
    full_sync()
    count = Person.objects.active().count()
    SyncRun.objects.create(kind="RECONCILE", started_at=timezone.now())
    disconnect_marketo(now=timezone.now())
    assert not MarketoConnection.objects.exists()
    assert SyncRun.objects.get(kind="RECONCILE").state == "CANCELLED"
    assert Person.objects.active().count() == count > 0


def test_the_webhook_can_get_a_new_address(marketo):
    old = marketo.webhook_secret
    rotate_webhook()
    assert refreshed(marketo).webhook_secret != old
