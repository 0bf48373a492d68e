"""Setting up the activity types, in whatever state an instance is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncing.connections import client_for
from syncing.delivery.catalogue import TYPES, UUID
from syncing.delivery.models import MarketoActivityLog
from syncing.delivery.sweep import sweep
from syncing.delivery.type_setup import make_plan, set_up
from syncing.errors import Permanent, SyncError
from syncing.marketo import CustomAttribute
from tests.syncing.delivery.driving import (
    deliver,
    people_of,
    record_one,
    set_up_types,
    start_logging,
)

pytestmark = pytest.mark.django_db

WRITES = ("type.json", "create.json", "approve.json")


def writes(sandbox):
    return sum(count for path, count in sandbox.calls().items() if path.endswith(WRITES))


@pytest.fixture
def client(marketo):
    with client_for(marketo) as client:
        yield client


def draft(client, declared, **changes):
    names = {
        "api_name": declared.api_name,
        "name": declared.name,
        "trigger_name": declared.trigger_name,
        "filter_name": declared.filter_name,
    }
    primary = CustomAttribute(declared.primary.api_name, declared.primary.name, "string")
    client.custom_activities.create(**(names | {"description": "", "primary": primary} | changes))


def in_marketo(client, declared):
    return client.custom_activities.describe(declared.api_name, draft=False)


def test_the_eight_types_are_as_the_glossary_has_them():
    attributes = {
        declared.action: {one.name for one in (declared.primary, *declared.attributes)}
        - {UUID.name}
        for declared in TYPES
    }
    email = {
        "Sent By",
        "Source",
        "Template ID",
        "Sales Template URL",
        "Sales Campaign URL",
        "Sales Template Name",
        "Email Subject",
        "Sales Campaign Name",
        "Marketo Sales Person ID",
    }
    assert attributes["Send Sales Email"] == attributes["Open Sales Email"] == email
    assert attributes["Click Sales Email"] == email | {"Link"}
    assert attributes["Replied to Sales Email"] == {
        "Received By",
        "Source",
        "Marketo Sales Person ID",
        "Email Subject",
    }
    assert len(attributes["Sales Call Received"]) == 11
    assert attributes["Add to Sales Campaign"] == attributes["Removed from Sales Campaign"]
    assert all(UUID in declared.attributes for declared in TYPES)


def test_a_new_instance_gets_all_types_and_a_second_time_changes_nothing(client, marketo, sandbox):
    plan = make_plan(client)
    assert not plan.is_in_order
    assert writes(sandbox) == 0
    set_up(client, marketo, now=timezone.now())
    log = MarketoActivityLog.load()
    assert len(log.types) == len(TYPES)
    assert log.host == "localhost"
    before = writes(sandbox)
    assert set_up(client, marketo, now=timezone.now()).is_in_order
    assert writes(sandbox) == before
    assert MarketoActivityLog.load().types == log.types


def test_each_type_has_its_trigger_filter_and_attributes_in_marketo(client, marketo):
    set_up(client, marketo, now=timezone.now())
    for declared in TYPES:
        known = in_marketo(client, declared)
        assert (known.trigger_name, known.filter_name) == (
            declared.trigger_name,
            declared.filter_name,
        )
        assert [(one.api_name, one.name, one.data_type) for one in known.attributes] == [
            (one.api_name, one.name, one.data_type) for one in declared.attributes
        ]


def test_a_set_up_that_broke_off_goes_on_where_it_stood(client, marketo, sandbox):
    sandbox.add_fault("reset", "*/approve.json", skip=2, committed=True)
    with pytest.raises(SyncError):
        set_up(client, marketo, now=timezone.now())
    assert len(MarketoActivityLog.load().types) == 3
    sandbox.add_fault("http", "*/attributes/create.json", status=502)
    with pytest.raises(SyncError):
        set_up(client, marketo, now=timezone.now())
    assert set_up(client, marketo, now=timezone.now()).is_in_order


def test_a_missing_attribute_is_added_to_a_type_in_use(client, marketo):
    declared = TYPES[0]
    draft(client, declared)
    client.custom_activities.approve(declared.api_name)
    plan = make_plan(client).types[0]
    assert "add the attributes Sent By, Source" in plan.steps[0]
    assert plan.steps[-1] == "approve it"
    set_up(client, marketo, now=timezone.now())
    assert len(in_marketo(client, declared).attributes) == len(declared.attributes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Something else"}, "Its name is “Something else”"),
        ({"trigger_name": "Goes off"}, "Its trigger is “Goes off”"),
        ({"primary": CustomAttribute("other", "Other", "string")}, "Its primary attribute"),
    ],
)
def test_what_is_frozen_and_differs_is_a_conflict_that_is_left_alone(
    client, marketo, changes, words
):
    draft(client, TYPES[0], **changes)
    client.custom_activities.approve(TYPES[0].api_name)
    plan = set_up(client, marketo, now=timezone.now())
    assert words in " ".join(plan.types[0].conflicts)
    assert TYPES[0].kind not in MarketoActivityLog.load().types
    assert len(MarketoActivityLog.load().types) == len(TYPES) - 1


def test_a_name_that_another_type_uses_is_a_conflict(client):
    draft(client, TYPES[0], api_name="other", name="Other", filter_name="Other")
    plan = make_plan(client)
    assert "“Other” uses the name “Actions Is Sent Sales Email”" in plan.types[0].conflicts[0]
    assert plan.others == ("Other",)


def test_too_many_types_are_named(client, marketo, sandbox):
    for name in ("One", "Two", "Three"):
        draft(
            client,
            TYPES[0],
            api_name=name,
            name=name,
            trigger_name=f"{name} T",
            filter_name=f"{name} F",
        )
    assert make_plan(client).is_too_much
    with pytest.raises(Permanent, match="One, Two, Three") as refusal:
        set_up(client, marketo, now=timezone.now())
    assert refusal.value.code == "1027"
    assert len(MarketoActivityLog.load().types) == 7


def test_kinds_without_a_type_wait_while_the_others_go(client, marketo, sandbox, seller):
    start_logging(marketo)
    log = MarketoActivityLog.load()
    sent = log.types.pop("EMAIL_SENT")
    MarketoActivityLog.store(types=log.types)
    (person,) = people_of(sandbox, 1)
    waits, goes = (record_one(person, seller, kind) for kind in ("EMAIL_SENT", "CALL_RECEIVED"))
    sweep(now=timezone.now())
    waits.refresh_from_db()
    goes.refresh_from_db()
    assert goes.state == "DELIVERED"
    assert waits.state == "PENDING"
    assert "Set up the activities" in waits.reason
    MarketoActivityLog.store(types=log.types | {"EMAIL_SENT": sent})
    deliver(sandbox)
    waits.refresh_from_db()
    assert (waits.state, waits.reason) == ("DELIVERED", "")


def run(*arguments):
    out = StringIO()
    call_command("setup_marketo_activities", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_does_and_with_dry_run_does_not_do_it(marketo, sandbox):
    told = run("--dry-run")
    assert told.count("create it with the trigger") == 8
    assert writes(sandbox) == 0
    assert not MarketoActivityLog.load().types
    assert "All types are in order." in run()
    assert run("--dry-run").count("in order") == 8


def test_the_command_fails_with_what_is_in_the_way(marketo, sandbox):
    sandbox.change_settings(custom_types_max=0)
    with pytest.raises(CommandError, match="takes no more"):
        run()


@pytest.mark.usefixtures("db")
def test_the_command_needs_a_connection():
    with pytest.raises(CommandError, match="not connected"):
        run()


def test_types_that_were_deleted_in_marketo_are_made_again(marketo, client, sandbox):
    set_up_types(marketo)
    sandbox.reset()
    client.authenticate()
    assert set_up(client, marketo, now=timezone.now()).is_in_order
