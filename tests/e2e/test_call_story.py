"""A seller calls somebody, logs it, and finds it on the timeline, in the list and in the API."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import assert_accessible, running_app, sign_in

# What the sync and an admin would have brought.
SET_UP = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from activities.calls.models import CallOutcome, CallSettings
from activities.reminders.services import create_reminder
from people.models import Person
from syncing.people_sync.load import PersonRow, merge_people

now = timezone.now()
merge_people(
    [
        PersonRow(
            marketo_id=1,
            first_name="Ann",
            last_name="Lee",
            email="ann@example.com",
            phone="(415) 555-0100",
            owner_salesforce_id="005000000000001AAA",
            sfdc_type="Contact",
        )
    ],
    now=now,
    with_opportunities=True,
)
seller = get_user_model().objects.create_user(
    "sam@example.com", "Rail-Signal-9", first_name="Sam", last_name="Seller"
)
CallSettings.objects.create(pk=1, outcomes="REQUIRED")
CallOutcome.objects.create(name="Interested", is_answered=True)
create_reminder(
    owner=seller,
    person=Person.objects.get(),
    kind="CALL",
    subject="Ask for the signature",
    due_at=now - timedelta(hours=1),
    now=now,
)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("e2e-call")) as app:
        app.manage("shell", "-c", SET_UP)
        yield app


@pytest.fixture
def seller_page(page):
    sign_in(page, "sam@example.com")
    return page


def test_a_call_is_timed_logged_and_on_the_timeline(seller_page, app):
    page = seller_page
    page.get_by_role("link", name="Ann").first.click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Nothing happened with Ann Lee yet.")
    assert_accessible(page)
    panel.get_by_role("link", name="Log call").click()
    expect(panel.get_by_label("Number")).to_have_value("(415) 555-0100")
    assert_accessible(page)

    # There is no phone here to take the link.
    panel.get_by_role("link", name="Call", exact=True).evaluate("link => link.href = '#'")
    panel.get_by_role("link", name="Call", exact=True).click()
    expect(panel).to_contain_text(re.compile(r"In progress\s+\d:\d*[1-9]"))
    with page.expect_response(re.compile("/draft/")):
        panel.get_by_label("Notes").fill("Wants a price")
    page.keyboard.press("Escape")

    page.goto("/calls/")
    strip = page.get_by_role("region", name="Call in progress")
    expect(strip).to_contain_text(re.compile(r"Call with Ann Lee\s+\d:\d\d"))
    assert_accessible(page)
    strip.get_by_role("link").click()
    expect(panel.get_by_label("Notes")).to_have_value("Wants a price")
    assert_accessible(page)
    panel.get_by_role("button", name="End call").click()
    expect(panel.get_by_label("Duration")).to_have_value(re.compile(r"\d:\d\d"))
    panel.get_by_label("Outcome").select_option("Interested")
    panel.get_by_role("button", name="Log call").click()

    expect(page.locator("#toasts")).to_contain_text("The call with Ann Lee is logged.")
    expect(strip.get_by_role("link")).to_have_count(0)
    row = page.get_by_role("row", name=re.compile("Ann Lee"))
    expect(row).to_contain_text("Wants a price")
    assert_accessible(page)

    row.get_by_role("link", name="Ann Lee", exact=True).click()
    event = panel.locator(".event")
    expect(event).to_contain_text("Sam Seller called Ann")
    expect(event).to_contain_text("Completed · Interested")


def test_the_call_is_in_the_api_too(app):
    token = app.manage("create_api_token", "sam@example.com", "--name=CRM").strip()
    request = urllib.request.Request(
        f"{app.url}/api/v1/activities/?kind=call_received",
        headers={"Authorization": f"Token {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        (activity,) = json.load(answer)["results"]

    assert (activity["actor"], activity["subject"]) == ("sam@example.com", "Interested")
    assert activity["details"]["phone_number"] == "+1 415-555-0100"


def test_logging_the_call_of_a_reminder_closes_it(seller_page):
    page = seller_page
    page.get_by_role("link", name="My Day", exact=True).click()
    expect(page.get_by_role("heading", name="Overdue")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Call: Ask for the signature").click()
    panel = page.locator("#panel")
    panel.get_by_label("How did it go?").select_option("No answer")
    panel.get_by_label("Outcome").select_option("Interested")
    panel.get_by_role("button", name="Log call").click()

    expect(page.get_by_role("heading", name="Nothing to be reminded of")).to_be_visible()


def test_a_reminder_is_written_completed_and_taken_back(seller_page):
    page = seller_page
    page.goto("/reminders/")
    page.get_by_role("link", name="Add reminder").click()
    panel = page.locator("#panel")
    panel.get_by_label("Subject").fill("Prepare the demo")
    assert_accessible(page)
    panel.get_by_role("button", name="Save").click()

    row = page.get_by_role("listitem").filter(has_text="Prepare the demo")
    row.get_by_role("button", name="Complete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    assert_accessible(page)


def test_the_keyboard_goes_on_with_the_next_reminder(seller_page):
    page = seller_page
    page.goto("/reminders/")
    for subject in ("Send the offer", "Wish luck"):
        page.get_by_role("link", name="Add reminder").click()
        page.locator("#panel").get_by_label("Subject").fill(subject)
        page.locator("#panel").get_by_role("button", name="Save").click()
        expect(page.get_by_role("listitem").filter(has_text=subject)).to_be_visible()
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Complete"))
    before = rows.count()
    following = rows.nth(1).get_by_role("button", name="Complete").inner_text()

    rows.first.get_by_role("button", name="Complete").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before - 1)
    complete = page.get_by_role("button", name=following.strip())
    expect(complete).to_be_focused()
