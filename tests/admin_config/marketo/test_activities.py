import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from syncing.connections import client_for
from syncing.delivery.catalogue import TYPES
from syncing.delivery.models import MarketoActivityLog
from syncing.delivery.services import in_marketo, switch_on
from syncing.delivery.sweep import sweep
from syncing.delivery.type_setup import MOST_TYPES
from syncing.marketo import CustomAttribute
from tests.syncing.delivery.driving import (
    EXTERNAL,
    deliver,
    people_of,
    record_mixed,
    set_up_types,
    start_logging,
)
from tests.syncing.people_sync.driving import forget_budget, refreshed

TYPE = "/rest/v1/activities/external/type.json"


@pytest.fixture
def sandbox(shared_sandbox, settings):
    settings.MARKETO_CALLS_PER_20_SECONDS = 10_000
    settings.MARKETO_SETTLE_SECONDS = 0.05
    shared_sandbox.reset()
    forget_budget(shared_sandbox)
    return shared_sandbox


@pytest.fixture
def record(connection, sandbox, seller):
    """Record so many activities of people of this Marketo."""
    people = people_of(sandbox, 5)
    return lambda count: record_mixed(people, seller, count)


@pytest.fixture
def page(admin_client, connection):
    def get(name="marketo-activities", **query):
        response = admin_client.get(reverse(f"settings:{name}", query=query))
        assert response.status_code == 200
        return response.content.decode()

    return get


@pytest.fixture
def post(admin_client, connection):
    def send(name, **data):
        return admin_client.post(reverse(f"settings:{name}"), data, follow=True).content.decode()

    return send


def actions():
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_the_set_up_tells_before_it_does(page, post, sandbox):
    told = page("marketo-activities-set-up")
    assert "Actions Is Sent Sales Email" in told
    assert "Make these changes in Marketo" in told
    assert TYPE not in sandbox.calls()
    done = post("marketo-activities-set-up")
    assert "All activity types are in order" in done
    assert len(MarketoActivityLog.load().types) == 8
    assert "ACTIVITY_TYPES_SET_UP" in actions()
    assert "Make these changes" not in page("marketo-activities-set-up")


def test_what_is_in_the_way_is_named_when_marketo_takes_no_more_types(page, post, sandbox):
    sandbox.change_settings(custom_types_max=3)
    refused = post("marketo-activities-set-up")
    assert f"usually {MOST_TYPES}" in refused
    assert "1027" in refused
    # What was made before that is in use.
    assert len(MarketoActivityLog.load().types) == 3


def test_a_lacking_permission_is_said_where_the_types_are_set_up(page, sandbox):
    sandbox.change_settings(permissions=["Read-Only Lead", "Read-Only Activity"])
    assert "Read-Write Activity Metadata" in page("marketo-activities-set-up")


def test_logging_starts_with_now_and_the_past_is_sent_when_asked_for(
    page, post, record, connection, sandbox
):
    record(3)
    set_up_types(connection)
    shown = post("marketo-activities-on")
    assert "3 activities of the past are not in Marketo" in shown
    sweep(now=timezone.now())
    assert EXTERNAL not in sandbox.calls()
    assert "Send 3 activities of the past?" in page("marketo-activities-past")
    post("marketo-activities-past")
    deliver(sandbox)
    assert len(sandbox.custom_activities()) == 3
    assert "of the past" not in page()
    assert actions() == ["ACTIVITY_LOG_ON", "PAST_ACTIVITIES_SENT"]
    assert AuditEvent.objects.last().details == {"activities": 3}


def test_logging_off_says_first_how_many_it_cancels(page, post, record, connection):
    start_logging(connection)
    record(4)
    assert "4 activities wait and will be cancelled" in page("marketo-activities-off")
    assert "4 waiting activities were cancelled" in post("marketo-activities-off")
    assert in_marketo().filter(state="CANCELLED", code="OFF").count() == 4
    assert AuditEvent.objects.get(action="ACTIVITY_LOG_OFF").details == {"cancelled": 4}


def test_the_numbers_of_the_page_add_up(page, record, connection, sandbox):
    record(2)
    start_logging(connection)
    record(8)
    sandbox.add_fault("record", EXTERNAL, code="1003", message="Odd")
    deliver(sandbox)
    record(3)
    shown = page("marketo-activities-progress")
    numbers = ["<dd>13</dd>", "<dd>7</dd>", "<dd>3</dd>", "<dd>1</dd>", "<dd>2</dd>"]
    places = [shown.index(number) for number in numbers]
    assert places == sorted(places)
    assert "none is missing" in shown
    assert "Delivered in the last 24 hours: 7" in shown


@pytest.fixture
def parked(record, connection, sandbox):
    """Three parked for one reason, one for another."""
    start_logging(connection)
    record(6)
    sandbox.add_fault("record", EXTERNAL, code="1003", message="Odd", times=3)
    sandbox.add_fault("record", EXTERNAL, code="1001", message="Odd", times=1)
    deliver(sandbox)


def test_what_marketo_refuses_leads_to_the_diagnostics(page, parked):
    shown = page()
    assert "4 activities need attention" in shown
    assert f"{reverse('settings:diagnostics')}?destination=MARKETO" in shown


def test_what_holds_the_log_up_is_said_and_tried_again_at_once(
    page, post, record, connection, sandbox
):
    start_logging(connection)
    record(2)
    sandbox.add_fault("error", EXTERNAL, code="603", message="Access denied")
    sweep(now=timezone.now())
    shown = page()
    assert "lacks a permission" in shown
    assert "603" in shown
    post("marketo-activities-go-on")
    deliver(sandbox)
    assert len(sandbox.custom_activities()) == 2


def test_without_types_the_page_says_what_to_do_first(page, connection):
    switch_on(now=timezone.now())
    assert "Set up the activities in Marketo first." in page()


def test_the_page_of_a_connection_that_is_gone_leads_to_connecting(admin_client, connection):
    connection.delete()
    response = admin_client.get(reverse("settings:marketo-activities-progress"))
    assert response.url == reverse("settings:marketo")


def test_the_page_costs_few_queries(page, parked, django_assert_max_num_queries):
    with django_assert_max_num_queries(17):
        page()


def test_types_of_another_instance_do_not_count(page, connection):
    set_up_types(connection)
    MarketoActivityLog.objects.update(host="123-abc-456.mktorest.com")
    assert page().count("Not set up") == 8
    assert refreshed(connection)


def test_what_cannot_be_mended_from_here_is_said(page, connection):
    with client_for(connection) as client:
        client.custom_activities.create(
            api_name=TYPES[0].api_name,
            name="Something else",
            trigger_name=TYPES[0].trigger_name,
            filter_name=TYPES[0].filter_name,
            description="",
            primary=CustomAttribute("emailSubject", "Email Subject", "string"),
        )
    told = page("marketo-activities-set-up")
    assert "In conflict" in told
    assert "Its name is “Something else” in Marketo" in told


def test_the_marketo_page_says_that_activities_need_attention(page, parked):
    assert "4 activities need attention" in page("marketo")


def test_disconnecting_says_what_becomes_of_activities(page, record, connection):
    assert "deletes the people" in page("marketo-disconnect")
    start_logging(connection)
    record(2)
    told = page("marketo-disconnect")
    assert "wait until it is connected again" in told
    assert "Another Marketo cannot be connected" in told
