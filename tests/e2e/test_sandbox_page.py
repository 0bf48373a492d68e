"""The sandbox's control page, where a visitor plays Marketo."""

import pytest

from syncing.sandbox import OWNERS
from syncing.sandbox.testing import running_sandbox
from tests.e2e.conftest import PATIENCE_MS, assert_accessible


@pytest.fixture
def sandbox():
    with running_sandbox(people=300) as running:
        yield running


@pytest.fixture
def control_page(sandbox, browser):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(sandbox.base_url)
    yield page
    page.close()
    assert complaints == []


def search(page, text):
    page.get_by_role("searchbox", name="Search people").fill(text)
    page.get_by_role("button", name="Search").click()


def test_a_person_is_created_edited_converted_and_deleted(control_page, sandbox):
    control_page.get_by_role("button", name="New person").click()
    control_page.get_by_label("lastName").fill("Beeblebrox")
    control_page.get_by_label("sfdcType").fill("Lead")
    control_page.get_by_label("sfdcLeadOwnerId").select_option(OWNERS[0].name)
    control_page.get_by_role("button", name="Save").click()
    control_page.get_by_text("Created.").wait_for()

    search(control_page, "Beeblebrox")
    control_page.get_by_role("button", name="Edit Beeblebrox").click()
    control_page.get_by_label("title").fill("President")
    control_page.get_by_label("sfdcLeadOwnerId").select_option("No owner")
    control_page.get_by_role("button", name="Save").click()
    control_page.get_by_role("cell", name="President").wait_for()
    lead_id, lead = max(sandbox.leads().items())
    assert (lead["lastName"], lead["title"]) == ("Beeblebrox", "President")
    assert lead["sfdcLeadOwnerId"] is None

    control_page.get_by_role("button", name="Edit Beeblebrox").click()
    control_page.get_by_role("button", name="Convert to contact").click()
    control_page.get_by_role("cell", name="Contact", exact=True).wait_for()
    control_page.get_by_role("button", name="Edit Beeblebrox").click()
    control_page.get_by_role("button", name="Delete", exact=True).click()
    control_page.get_by_role("button", name="Edit Beeblebrox").wait_for(state="detached")
    assert lead_id not in sandbox.leads()


def test_a_person_has_an_interesting_moment(control_page, sandbox):
    lead_id = sandbox.create_lead(lastName="Beeblebrox")
    search(control_page, "Beeblebrox")
    control_page.get_by_role("button", name="Edit Beeblebrox").click()
    control_page.get_by_label("Activity of this person").select_option("Has an interesting moment")
    control_page.get_by_label("Page, email or moment").fill("Stole a spaceship")
    assert_accessible(control_page)
    control_page.get_by_role("button", name="Log", exact=True).click()
    control_page.get_by_text("Logged.").wait_for()
    newest = sandbox.read("log")[0]
    assert (newest["leadId"], newest["typeId"]) == (lead_id, 46)
    assert "Stole a spaceship" in str(newest)


def test_a_fault_is_ordered_and_a_limit_switched(control_page, sandbox):
    control_page.get_by_label("What").select_option("reset")
    control_page.get_by_label("Times").fill("0")
    control_page.get_by_role("button", name="Order").click()
    control_page.get_by_role("cell", name="0 of ∞").wait_for()
    assert [fault["kind"] for fault in sandbox.read("faults")] == ["reset"]

    control_page.get_by_label("limits", exact=True).uncheck()
    control_page.get_by_text("Switched.").wait_for()
    assert sandbox.read("settings")["limits"] is False


def test_the_page_is_accessible(control_page):
    control_page.get_by_role("button", name="Edit").first.wait_for()
    assert_accessible(control_page)
