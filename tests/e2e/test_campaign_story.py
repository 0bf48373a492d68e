"""A seller builds a campaign, adds people, and the sandbox's prospects react to it."""

import re

import pytest
from playwright.sync_api import expect

from syncing.sandbox.mail.testing import Mail
from tests.e2e.conftest import assert_accessible, running_app, sign_in, wait_for

SELLER = "sam@example.com"

SETUP = """
from tests.activities.factories import make_channel, make_identity, make_template
from tests.factories import make_person, make_user
from syncing.sandbox.mail.testing import Mail

sam = make_user(email="sam@example.com", first_name="Sam", last_name="Seller")
make_channel(sam, mail=Mail("{mail}"), has_verp=True)
make_identity(sam)
make_template(sam, name="Introduction", subject="Pumps for {{{{company}}}}")
for first, last in (("Ann", "Archer"), ("Bo", "Buyer"), ("Carl", "Cole")):
    address = f"{{first}}@prospects.example.com".lower()
    make_person(first_name=first, last_name=last, email=address, company=f"{{last}} Ltd")
make_person(first_name="Nora", last_name="Noaddress", email="")
"""
POLL = """
from django.utils import timezone
from activities.emails.inbound.poll import poll_mailboxes

poll_mailboxes(now=timezone.now())
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A workspace with a seller who can send, and four prospects, one of them without address."""
    folder = tmp_path_factory.mktemp("e2e-campaign")
    with running_app(folder, queues=("mail",)) as app:
        app.manage("shell", "--command", SETUP.format(mail=app.sandbox.base_url))
        # From here on its mailbox is read; what was there before is nobody's business.
        app.manage("shell", "--command", POLL)
        yield app


@pytest.fixture(scope="module")
def mail(app):
    return Mail(app.sandbox.base_url)


@pytest.fixture
def seller_page(page):
    sign_in(page, SELLER)
    return page


def type_text(page, text):
    page.locator("#panel .editor-text").click()
    page.keyboard.type(text)


def save_step(page):
    with page.expect_navigation():
        page.locator("#panel").get_by_role("button", name=re.compile("Add step|Save step")).click()


def open_members(page):
    page.goto("/campaigns/")
    page.get_by_role("link", name="Autumn outreach").click()
    page.get_by_role("link", name="Where everyone stands").click()
    page.wait_for_url("**/members/")


def row_of(page, name):
    return page.get_by_role("row").filter(has_text=name)


def received(mail, first_name, number):
    """The messages of a prospect, once there are so many."""

    def found():
        messages = mail.messages(f"{first_name}@prospects.example.com".lower())
        return messages if len(messages) >= number else None

    return wait_for(found)


def wait_for_state(page, app, name, state):
    """Read the mailbox until the member page tells this of somebody."""

    def is_so():
        app.manage("shell", "--command", POLL)
        open_members(page)
        return row_of(page, name).filter(has_text=state).count()

    wait_for(is_so)


def test_a_campaign_is_built_day_by_day(seller_page):
    page = seller_page
    page.goto("/campaigns/")
    assert_accessible(page)
    page.get_by_role("link", name="Build the first campaign").click()
    panel = page.locator("#panel")
    panel.get_by_label("Name").fill("Autumn outreach")
    panel.get_by_label("or a new category").fill("New business")
    # Whatever day it is today.
    panel.get_by_label("Skip weekends").uncheck()
    assert_accessible(page)
    with page.expect_navigation():
        panel.get_by_role("button", name="Create campaign").click()

    page.get_by_role("link", name="Add a step").click()
    panel.get_by_label("Template").select_option(label="Introduction")
    panel.get_by_role("button", name="Use its text").click()
    expect(panel.get_by_label("Subject")).to_have_value("Pumps for {{company}}")
    assert_accessible(page)
    save_step(page)
    page.get_by_role("link", name="Add a step to day 1").click()
    type_text(page, "In case you missed it.")
    panel.get_by_label("Follow up to the previous email").check()
    save_step(page)
    page.get_by_role("link", name="Add a step to day 1").click()
    panel.get_by_label("Type").select_option("CALL")
    expect(panel.get_by_role("textbox", name="Text of the email")).to_have_count(0)
    panel.get_by_label("Subject").fill("Ring and ask")
    save_step(page)
    page.get_by_role("link", name="Add a day").click()
    panel.get_by_label("Subject").fill("Last try, {{first_name}}")
    type_text(page, "Bye.")
    save_step(page)

    expect(page.get_by_role("heading", name="Day 2")).to_be_visible()
    expect(page.get_by_text("as a reply in the same thread")).to_be_visible()
    assert_accessible(page)


def test_people_are_added_with_what_would_fail_said_before(seller_page):
    page = seller_page
    page.goto("/people/")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Add to campaign").click()
    panel = page.locator("#panel")
    expect(panel.get_by_text("4 people")).to_be_visible()
    assert_accessible(page)
    panel.get_by_role("button", name="Autumn outreach").click()

    expect(page.get_by_text("Nora Noaddress has no email address.").first).to_be_visible()
    expect(page.get_by_role("checkbox", name="Leave out Nora Noaddress")).to_be_checked()
    assert_accessible(page)
    page.get_by_role("button", name="Edit Ann Archer").click()
    page.get_by_label("Subject for Ann Archer").fill("Ann, about your pumps")
    assert_accessible(page)
    page.get_by_role("button", name="Add 3 people").click()

    expect(page.get_by_text("3 people added.")).to_be_visible()
    expect(row_of(page, "Ann Archer")).to_have_count(1)
    expect(row_of(page, "Nora")).to_have_count(0)
    assert_accessible(page)


def test_the_first_email_is_each_persons_own_and_the_second_answers_it(mail):
    first, second = received(mail, "Ann", 2)
    assert first.mime["Subject"] == "Ann, about your pumps"
    assert second.mime["Subject"] == "Re: Ann, about your pumps"
    assert second.mime["In-Reply-To"] == first.mime["Message-ID"]
    text = second.mime.get_body(("plain",)).get_content()
    assert "In case you missed it." in text
    assert "How is Archer Ltd?" in text

    first, _second = received(mail, "Bo", 2)
    assert first.mime["Subject"] == "Pumps for Buyer Ltd"


def test_an_answer_ends_the_campaign_and_an_absence_does_not(seller_page, app, mail):
    mail.answer(received(mail, "Bo", 2)[0], out_of_office=True)
    mail.answer(received(mail, "Ann", 2)[1], text="Yes, call me.")
    wait_for_state(seller_page, app, "Ann Archer", "Replied")

    wait_for_state(seller_page, app, "Bo Buyer", "once the reminder is closed")


def test_a_bounce_removes_the_person(seller_page, app, mail):
    mail.bounce(received(mail, "Carl", 2)[0])
    wait_for_state(seller_page, app, "Carl Cole", "Bounced")


def test_the_call_is_done_and_the_next_day_planned(seller_page):
    page = seller_page
    page.goto("/reminders/")
    expect(page.get_by_text("Ring and ask").first).to_be_visible()
    open_members(page)
    row_of(page, "Bo Buyer").get_by_role("checkbox").check()
    page.get_by_role("button", name="Skip the step").click()

    expect(row_of(page, "Bo Buyer")).to_contain_text("Day 2 · Email")
    expect(row_of(page, "Bo Buyer")).to_contain_text("Running")


def test_the_progress_tells_what_became_of_each_step(seller_page):
    page = seller_page
    page.goto("/campaigns/")
    page.get_by_role("link", name="Autumn outreach").click()

    first_step = page.get_by_role("row").filter(has_text="Pumps for")
    expect(first_step.get_by_role("cell").nth(1)).to_have_text("3")
    assert_accessible(page)


def test_a_person_is_paused_and_removed_after_being_asked(seller_page):
    page = seller_page
    open_members(page)
    row_of(page, "Bo Buyer").get_by_role("checkbox").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Pause").click()
    expect(row_of(page, "Bo Buyer")).to_contain_text("Paused by Sam Seller")

    row_of(page, "Bo Buyer").get_by_role("link", name="Bo Buyer").click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="Remove Autumn outreach").click()
    expect(panel.get_by_text("Remove 1 person from the campaign?")).to_be_visible()
    assert_accessible(page)
    panel.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("1 person removed.")).to_be_visible()
    open_members(page)
    expect(row_of(page, "Bo Buyer")).to_contain_text("Removed by Sam Seller")
