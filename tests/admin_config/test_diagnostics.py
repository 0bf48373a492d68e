"""Diagnostics: what is refused or waits, in plain words, and what an admin does about it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder
from admin_config.diagnostics import views
from admin_config.models import AuditEvent
from people.models import Unsubscribe
from syncing.delivery.models import Delivery
from syncing.reminder_sync.models import ReminderLink
from syncing.task_logging.models import Reconcile
from syncing.unsubscribe_sync.models import Push
from tests.factories import make_people, make_person
from tests.syncing.delivery.driving import record_mixed

pytestmark = pytest.mark.django_db

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
LOCK = "UNABLE_TO_LOCK_ROW"


@pytest.fixture
def failures(seller):
    """In Salesforce 3 by a rule and 1 by access, 2 that wait; in Marketo 1."""
    people = make_people(2)
    activities = record_mixed(people, seller, 7)
    Delivery.objects.all().delete()
    states = [
        ("SALESFORCE", "PARKED", RULE, "Say <b>why</b> first"),
        ("SALESFORCE", "PARKED", RULE, "Say <b>why</b> first"),
        ("SALESFORCE", "PARKED", RULE, "Say <b>why</b> first"),
        ("SALESFORCE", "PARKED", "TXN_SECURITY_NO_ACCESS", "No"),
        ("SALESFORCE", "PENDING", LOCK, "unable to obtain exclusive access"),
        ("SALESFORCE", "PENDING", LOCK, "unable to obtain exclusive access"),
        ("MARKETO", "PARKED", "1003", "Odd"),
    ]
    now = timezone.now()
    return Delivery.objects.bulk_create(
        Delivery(
            activity=activity,
            destination=destination,
            state=state,
            code=code,
            reason=reason,
            due_at=now + timedelta(hours=1),
            created_at=now,
            settled_at=now if state == "PARKED" else None,
        )
        for activity, (destination, state, code, reason) in zip(activities, states, strict=True)
    )


@pytest.fixture
def page(admin_client):
    def get(name="diagnostics", **query):
        response = admin_client.get(reverse(f"settings:{name}", query=query))
        assert response.status_code == 200
        return response.content.decode()

    return get


@pytest.fixture
def post(admin_client):
    def send(name, **data):
        url = reverse(f"settings:diagnostics-{name}")
        return admin_client.post(url, data, follow=True).content.decode()

    return send


def states(**filters):
    return sorted(Delivery.objects.filter(**filters).values_list("state", flat=True))


def test_without_failures_the_page_says_that_all_is_well(page):
    assert "All is well" in page()


def test_each_kind_is_said_in_plain_words_with_what_to_do(page, failures):
    shown = page()

    assert "A validation rule of your Salesforce refuses it." in shown
    assert "Fulfil the rule" in shown
    assert RULE in shown
    assert "Access or validation" in shown
    assert "The type in Marketo is not as it was set up." in shown
    # The org's own words, as text.
    assert "Say &lt;b&gt;why&lt;/b&gt; first" in shown


def test_a_kind_tells_how_many_people_it_is_about(page, failures):
    shown = page()

    assert re.search(r">3</a>\s*<div[^>]*>2 people", shown)
    assert re.search(r">1</a>\s*<div[^>]*>1 person", shown)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"destination": "MARKETO"}, {"1003"}),
        ({"category": "INTERMITTENT"}, {LOCK}),
        ({"category": "VALIDATION"}, {RULE, "TXN_SECURITY_NO_ACCESS", "1003"}),
        ({"category": "VALIDATION", "destination": "SALESFORCE"}, {RULE, "TXN_SECURITY_NO_ACCESS"}),
        ({"state": "waiting"}, {LOCK}),
        ({"category": "AUTHENTICATION"}, set()),
    ],
)
def test_failures_are_filtered(page, failures, query, codes):
    shown = page(**query)

    every = {RULE, LOCK, "TXN_SECURITY_NO_ACCESS", "1003"}
    assert {code for code in every if f">{code}<" in shown} == codes
    assert ("No failure fits" in shown) == (not codes)


def test_the_affected_are_listed_one_by_one(page, failures):
    shown = page("diagnostics-failures", source="salesforce-activities", code=RULE)

    assert shown.count("Say &lt;b&gt;") == 1 + 3
    assert "Sam Seller" in shown
    assert shown.count(reverse("people:person", args=[failures[0].activity.person_id])) >= 2


def test_a_page_before_a_number_without_sense_is_the_first(page, failures):
    shown = page("diagnostics-failures", source="salesforce-activities", before="9" * 5_000)

    assert shown.count('name="id"') == 6


def test_many_come_in_pages(page, failures, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    query = {"source": "salesforce-activities", "code": RULE}

    first = page("diagnostics-failures", **query)
    (before,) = set(re.findall(r"before=(\d+)", first))
    second = page("diagnostics-failures", **query, before=before)

    assert (first.count('name="id"'), second.count('name="id"')) == (2, 1)


@pytest.mark.parametrize(
    ("chosen", "tried"),
    [
        ({}, 7),
        ({"destination": "SALESFORCE"}, 6),
        ({"source": "salesforce-activities", "code": RULE, "state": "parked"}, 3),
        ({"category": "INTERMITTENT"}, 2),
        ({"source": "salesforce-activities", "id": None}, 1),
    ],
)
def test_one_a_kind_or_all_are_tried_again(post, failures, chosen, tried):
    if "id" in chosen:
        chosen = {**chosen, "id": failures[0].pk}

    shown = post("retry", **chosen)

    assert f"{tried} " in shown
    assert Delivery.objects.filter(state="PENDING", due_at__lte=timezone.now()).count() == tried
    event = AuditEvent.objects.get(action="ACTIVITIES_RETRIED")
    assert event.details["count"] == tried


def test_what_may_have_arrived_keeps_its_time_to_be_looked_up(post, failures):
    Delivery.objects.filter(code=LOCK).update(state="UNCERTAIN", uncertain_since=timezone.now())

    post("retry", category="INTERMITTENT")

    assert not Delivery.objects.filter(state="UNCERTAIN", due_at__lte=timezone.now()).exists()


def test_what_is_ignored_says_by_whom_and_why(page, post, failures):
    chosen = {"source": "salesforce-activities", "code": RULE}
    assert "Ignore 3 failures?" in page("diagnostics-ignore", **chosen)

    post("ignore", **chosen, reason="Made by a test")

    ignored = Delivery.objects.filter(state="CANCELLED")
    assert set(ignored.values_list("reason", flat=True)) == {"Ignored by Ada Admin: Made by a test"}
    assert ignored.count() == 3
    event = AuditEvent.objects.get(action="ACTIVITIES_GIVEN_UP")
    assert event.details == {"count": 3, **chosen, "reason": "Made by a test"}
    assert RULE not in page()


def test_nothing_is_ignored_without_a_reason(post, failures):
    assert "required" in post("ignore", source="salesforce-activities", code=RULE)
    assert not Delivery.objects.filter(state="CANCELLED").exists()


def test_what_waits_cannot_be_ignored(post, failures):
    post("ignore", reason="All of it")

    assert states(code=LOCK) == ["PENDING", "PENDING"]
    assert Delivery.objects.filter(state="CANCELLED").count() == 5


def test_the_export_has_the_words_and_no_formulas(admin_client, failures):
    Delivery.objects.filter(pk=failures[0].pk).update(reason="=cmd()")
    url = reverse("settings:diagnostics-export", query={"destination": "SALESFORCE"})

    text = b"".join(admin_client.get(url).streaming_content).decode("utf-8-sig")

    first, *rows = csv.DictReader(io.StringIO(text))
    assert len(rows) == 5
    assert first["Message"] == "'=cmd()"
    assert first["Code"] == RULE
    assert first["What it means"] == "A validation rule of your Salesforce refuses it."
    assert first["Whose"] == "Sam Seller"
    assert AuditEvent.objects.get().details == {"count": 6, "destination": "SALESFORCE"}


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"source": "no-such"}, 404),
        ({"source": "salesforce-activities", "id": "x"}, 400),
        ({"id": "1"}, 400),
        ({"category": "x"}, 400),
        ({"state": "x"}, 400),
        ({"code": "\0"}, 400),
        ({"source": "salesforce-activities", "id": "9" * 5_000}, 400),
    ],
)
def test_a_reference_that_makes_no_sense_is_refused(admin_client, data, status):
    assert admin_client.post(reverse("settings:diagnostics-retry"), data).status_code == status


@pytest.mark.parametrize(
    "query", [{}, {"source": "no-such"}, {"source": "reminders", "destination": "MARKETO"}]
)
def test_a_list_that_makes_no_sense_is_not_there(admin_client, query):
    url = reverse("settings:diagnostics-failures", query=query)
    assert admin_client.get(url).status_code == 404


def test_the_numbers_of_both_destinations_are_shown(page, failures):
    shown = page()

    assert shown.index("marketo-title") < shown.index("salesforce-title")
    assert "Refused, and still so: 4." in shown


def test_the_page_costs_few_queries(page, failures, django_assert_max_num_queries):
    with django_assert_max_num_queries(22):
        page()


def test_what_the_nightly_comparison_found_is_shown(page):
    assert "Compared with Salesforce" not in page()
    now = timezone.now()
    Reconcile.objects.create(
        started_at=now, since=now, checked=1234, deleted=2, missing=1, recorded=90, cancelled=90
    )
    Reconcile.objects.create(started_at=now, since=now, problem="Salesforce is not available.")

    shown = page()

    assert "Compared with Salesforce" in shown
    assert "1,234" in shown
    assert "90 = 0 + 0 + 0 + 90" in shown
    assert "Salesforce is not available." in shown


@pytest.fixture
def others(seller):
    """A reminder and an unsubscribe that Salesforce refuses."""
    now = timezone.now()
    reminder = create_reminder(
        owner=seller, kind=Reminder.Kind.CALL, subject="Call back", due_at=now, now=now
    )
    trouble = {"code": RULE, "reason": "Say why first"}
    ReminderLink.objects.update_or_create(
        reminder=reminder, defaults={"is_parked": True, **trouble}
    )
    unsubscribe = Unsubscribe.objects.create(
        person=make_person(), source="MANUAL", unsubscribed_at=now, email="ann@example.com"
    )
    Push.objects.update_or_create(
        unsubscribe=unsubscribe,
        defaults={"state": "PARKED", "due_at": now, "created_at": now, **trouble},
    )


def test_reminders_and_unsubscribes_are_listed_too(page, others):
    shown = page()

    assert shown.count("A validation rule of your Salesforce refuses it.") == 2
    assert "Reminder: Call back" in page("diagnostics-failures", source="reminders", code=RULE)
    assert "Opt out ann@example.com" in page("diagnostics-failures", source="unsubscribes")
    assert page(destination="MARKETO").count(RULE) == 0


def test_reminders_and_unsubscribes_are_tried_again_or_ignored(post, others):
    assert "1 is on its way again." in post("retry", source="unsubscribes")
    assert Push.objects.get().state == "WAITING"

    assert "1 is ignored." in post("ignore", reason="Not needed")
    assert not ReminderLink.objects.get().is_parked
