import pytest
from django.urls import reverse
from django.utils import timezone

from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from activities.calls.services import log_call
from admin_config.calls.services import add_choice
from admin_config.errors import Refused
from admin_config.models import AuditEvent
from tests.admin_config.concurrency import at_once
from tests.factories import make_admin, make_person

pytestmark = pytest.mark.django_db
PAGE = "settings:calls"


def offered(client):
    """The names on the page, of outcomes and of reasons."""
    lists = client.get(reverse(PAGE)).context["lists"]
    return [[choice.name for choice in shown["choices"]] for shown in lists]


def add(client, kind, name, **fields):
    data = {f"{kind}-name": name, **{f"{kind}-{key}": value for key, value in fields.items()}}
    return client.post(reverse("settings:call-choice-add", args=[kind]), data, follow=True)


def test_what_is_asked_is_set_and_noted(admin_client):
    options = {"outcomes": "REQUIRED", "reasons": "OPTIONAL", "default_region": "DE"}

    admin_client.post(reverse("settings:call-options"), options)

    settings = CallSettings.load()
    assert (settings.outcomes, settings.reasons, settings.default_region) == (
        "REQUIRED",
        "OPTIONAL",
        "DE",
    )
    event = AuditEvent.objects.get()
    assert event.action == "CALL_OPTIONS_CHANGED"
    assert event.details["default_region"] == ["US", "DE"]


def test_saving_without_a_change_notes_nothing(admin_client):
    options = {"outcomes": "OFF", "reasons": "OFF", "default_region": "US"}

    admin_client.post(reverse("settings:call-options"), options)

    assert not AuditEvent.objects.exists()


def test_a_provider_that_is_not_set_up_can_not_be_chosen(admin_client):
    options = {"outcomes": "OFF", "reasons": "OFF", "default_region": "US", "provider": "sandbox"}

    response = admin_client.post(reverse("settings:call-options"), options)

    assert "provider" in response.context["options_form"].errors
    assert CallSettings.load().provider == ""


def test_outcomes_and_reasons_are_added_at_the_end(admin_client):
    add(admin_client, "outcomes", "Interested", is_answered="True")
    add(admin_client, "outcomes", "Left a message", is_answered="False")
    add(admin_client, "reasons", "Renewal")

    assert offered(admin_client) == [["Interested", "Left a message"], ["Renewal"]]
    assert [outcome.is_answered for outcome in CallOutcome.objects.order_by("pk")] == [True, False]


def test_a_name_is_offered_once(admin_client):
    add(admin_client, "outcomes", "Interested")

    page = add(admin_client, "outcomes", "interested").content.decode()

    assert "There is already one with this name." in page
    assert CallOutcome.objects.count() == 1


def test_there_are_fifteen_at_most(admin_client):
    for number in range(16):
        page = add(admin_client, "reasons", f"Reason {number}").content.decode()

    assert "There can be 15. Retire one first." in page
    assert CallReason.objects.count() == 15


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_fifteenth_at_once_do_not_make_sixteen():
    admin = make_admin()
    for number in range(14):
        CallReason.objects.create(name=str(number), position=number)

    outcomes = at_once(
        *[
            lambda name=name: add_choice(choice=CallReason(name=name), by=admin, now=timezone.now())
            for name in ("one", "other")
        ]
    )

    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert CallReason.objects.count() == 15


def test_they_change_places(admin_client):
    for name in ("A", "B", "C"):
        add(admin_client, "reasons", name)
    last, first = CallReason.objects.get(name="C"), CallReason.objects.get(name="A")

    admin_client.post(reverse("settings:call-choice-move", args=["reasons", last.pk]), {"to": "up"})
    assert offered(admin_client)[1] == ["A", "C", "B"]

    admin_client.post(
        reverse("settings:call-choice-move", args=["reasons", first.pk]), {"to": "up"}
    )
    assert offered(admin_client)[1] == ["A", "C", "B"]

    admin_client.post(
        reverse("settings:call-choice-move", args=["reasons", first.pk]), {"to": "down"}
    )
    assert offered(admin_client)[1] == ["C", "A", "B"]


def test_renaming_is_noted_and_refused_for_a_name_that_is_taken(admin_client):
    add(admin_client, "reasons", "Renewal")
    add(admin_client, "reasons", "Upsell")
    renewal = CallReason.objects.get(name="Renewal")
    url = reverse("settings:call-choice", args=["reasons", renewal.pk])

    admin_client.post(url, {"name": "Renewals"})
    refused = admin_client.post(url, {"name": "UPSELL"})

    assert AuditEvent.objects.filter(details={"name": ["Renewal", "Renewals"]}).exists()
    assert refused.status_code == 200
    assert offered(admin_client)[1] == ["Renewals", "Upsell"]


def test_one_that_a_call_has_is_retired_and_one_that_none_has_is_gone(admin_client, seller):
    CallSettings.objects.create(pk=1, outcomes="OPTIONAL")
    add(admin_client, "outcomes", "Interested")
    add(admin_client, "outcomes", "Typo")
    used, unused = CallOutcome.objects.order_by("pk")
    now = timezone.now()
    log_call(
        person=make_person(),
        caller=seller,
        status="COMPLETED",
        outcome=used,
        called_at=now,
        now=now,
    )

    for outcome in (used, unused):
        admin_client.post(reverse("settings:call-choice-retire", args=["outcomes", outcome.pk]))

    assert offered(admin_client)[0] == []
    assert list(CallOutcome.objects.all()) == [used]
    assert Call.objects.get().outcome == used
    # Its name is free again.
    add(admin_client, "outcomes", "Interested")
    assert offered(admin_client)[0] == ["Interested"]


@pytest.mark.parametrize("kind", ["letters", "outcome"])
def test_there_are_only_outcomes_and_reasons(admin_client, kind):
    assert add(admin_client, kind, "X").status_code == 404
