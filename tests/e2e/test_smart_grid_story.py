"""A seller looks at what a person and their company did in the last weeks."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from tests.e2e.conftest import assert_accessible, running_app, sign_in

SETUP = """
from datetime import timedelta
from django.utils import timezone
from activities.models import Activity
from tests.activities.logged import log
from tests.factories import make_person, make_user

sam = make_user(email="sam@example.com", first_name="Sam", last_name="Seller")
for lead, first in ({ann}, "Ann"), ({bo}, "Bo"), ({cy}, "Cy"):
    person = make_person(marketo_id=lead, first_name=first, last_name="Archer", company="Acme")
    print(person.pk)
    if first == "Ann":
        recently = timezone.now() - timedelta(hours=1)
        log(person, sam, kind=Activity.Kind.CALL_RECEIVED, occurred_at=recently)
"""


@pytest.fixture(scope="module")
def people():
    """The ids of Ann, who did a lot, Bo, who did something long ago, and Cy, who did nothing."""
    return {}


@pytest.fixture(scope="module")
def app(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("e2e-smart-grid")
    with running_app(folder) as app:
        app.manage(
            "connect_marketo",
            f"--base-url={app.sandbox.base_url}",
            f"--client-id={SANDBOX_CLIENT_ID}",
            f"--client-secret={SANDBOX_CLIENT_SECRET}",
        )
        ann, bo, cy = (app.sandbox.create_lead(lastName="Archer") for _person in range(3))
        visit(app.sandbox, ann, "www.acme.example/pricing", days_ago=0)
        visit(app.sandbox, ann, "www.acme.example/careers", days_ago=40)
        visit(app.sandbox, bo, "www.acme.example/contact", days_ago=60)
        made = app.manage("shell", "--command", SETUP.format(ann=ann, bo=bo, cy=cy))
        people |= dict(zip(("ann", "bo", "cy"), made.split()[-3:], strict=True))
        yield app


def visit(sandbox, lead, address, *, days_ago):
    at = datetime.now(UTC) - timedelta(days=days_ago)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    sandbox.add_activity(lead, 1, primary_value=address, happened_at=stamp)


@pytest.fixture
def sam(page):
    sign_in(page, "sam@example.com")
    return page


def open_panel(page, person):
    page.goto(f"/people/?person={person}")
    page.get_by_role("heading", name="Smart Grid").scroll_into_view_if_needed()
    return page.locator("#panel #smart-grid")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_weeks_and_kinds_are_chosen_with_the_keyboard(sam, people, scheme):
    sam.emulate_media(color_scheme=scheme)
    grid = open_panel(sam, people["ann"])
    expect(grid.get_by_text("Sam Seller called Ann")).to_be_visible()
    expect(grid.get_by_text("www.acme.example/careers")).to_have_count(0)
    assert_accessible(sam)

    web = grid.get_by_role("link", name="Web visits")
    web.focus()
    sam.keyboard.press("Enter")
    expect(grid.get_by_text("Sam Seller called Ann")).to_have_count(0)
    expect(grid.get_by_text("www.acme.example/pricing")).to_be_visible()
    expect(web).to_be_focused()

    every = grid.get_by_role("link", name="All weeks")
    every.focus()
    sam.keyboard.press("Enter")
    expect(grid.get_by_text("www.acme.example/careers")).to_be_visible()
    expect(every).to_be_focused()
    assert_accessible(sam)


def test_who_did_nothing_has_an_empty_grid_that_says_what_to_do(sam, people):
    grid = open_panel(sam, people["cy"])
    expect(grid.get_by_text("Nothing happened with Cy Archer")).to_be_visible()
    assert_accessible(sam)
    sam.goto(f"/smart-grid/people/{people['cy']}/")
    expect(sam.get_by_text("Make the first move: send an email, or call.")).to_be_visible()
    assert_accessible(sam)


def test_an_account_shows_all_its_people_also_on_a_phone(sam, people):
    sam.set_viewport_size({"width": 390, "height": 844})
    grid = open_panel(sam, people["ann"])
    grid.get_by_role("link", name="All of Acme").click()
    expect(sam.get_by_role("heading", name="Acme", level=1)).to_be_visible()
    grid = sam.locator("#smart-grid")
    grid.get_by_role("link", name="All weeks").click()
    expect(grid.get_by_text("www.acme.example/contact")).to_be_visible()
    expect(grid.get_by_text("www.acme.example/pricing")).to_be_visible()
    is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not sam.evaluate(is_wider)
    assert_accessible(sam)
    grid.get_by_role("link", name="Bo Archer").click()
    expect(sam.locator("#panel").get_by_role("heading", name="Bo Archer")).to_be_visible()


def test_an_outage_is_said_in_words_and_over_when_it_is_over(sam, people, app):
    app.sandbox.add_fault("http", "/rest/v1/activities.json", status=502, times=0)
    try:
        grid = open_panel(sam, people["ann"])
        expect(grid.get_by_text("Marketo could not be read.")).to_be_visible()
        expect(grid.get_by_text("Sam Seller called Ann")).to_be_visible()
        assert_accessible(sam)
    finally:
        app.sandbox.control("clear_faults")
    grid.get_by_role("link", name="Try again").click()
    expect(grid.get_by_text("www.acme.example/pricing")).to_be_visible()
    expect(grid.get_by_text("Marketo could not be read.")).to_have_count(0)
