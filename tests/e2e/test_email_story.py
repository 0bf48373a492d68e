"""A seller writes emails, and the sandbox's prospects take them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from syncing.sandbox.mail.testing import Mail
from tests.e2e.conftest import (
    PATIENCE_SECONDS,
    assert_accessible,
    running_app,
    sign_in,
    wait_for,
)

SELLER = "sam@example.com"

SETUP = """
from activities.emails.models import Template, TemplateCategory
from tests.activities.factories import make_channel, make_identity, make_template
from tests.factories import make_person, make_user
from syncing.sandbox.mail.testing import Mail

sam = make_user(
    email="sam@example.com", first_name="Sam", last_name="Seller", time_zone="America/New_York"
)
make_channel(sam, mail=Mail("{mail}"))
make_identity(sam, signature_html="<p>Sam</p>")
body = '<p>Hello {{{{first_name}}}}, <a href="{mail}/">our pumps</a>.</p>'
make_template(sam, name="Introduction", subject="Pumps for {{{{company}}}}", body_html=body)
for first, last in (("Ann", "Archer"), ("Bo", "Baker"), ("Carl", "Cole"), ("Dora", "Dean")):
    address = f"{{first}}@prospects.example.com".lower()
    make_person(first_name=first, last_name=last, email=address, company=f"{{last}} Ltd")
"""
POLL = """
from django.utils import timezone
from activities.emails.inbound.poll import poll_mailboxes

poll_mailboxes(now=timezone.now())
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A workspace with a seller who can send, four prospects and their mailboxes."""
    folder = tmp_path_factory.mktemp("e2e-email")
    with running_app(folder, queues=("mail",)) as app:
        app.manage("shell", "--command", SETUP.format(mail=app.sandbox.base_url))
        # What comes after the first look into the mailbox counts.
        app.manage("shell", "--command", POLL)
        yield app


@pytest.fixture(scope="module")
def mail(app):
    return Mail(app.sandbox.base_url)


@pytest.fixture
def seller_page(page):
    sign_in(page, SELLER)
    return page


def write_to(page, name):
    """Open the compose panel for one person."""
    page.goto("/people/")
    page.locator("tbody tr").filter(has_text=name).get_by_role("link").first.click()
    page.locator("#panel").get_by_role("link", name="Email", exact=True).click()
    expect(editor(page)).to_be_visible()


def continue_writing(page, subject):
    page.goto("/emails/?folder=draft")
    page.get_by_role("link", name=subject).click()
    page.get_by_role("link", name="Continue writing").click()
    expect(editor(page)).to_be_visible()


def editor(page):
    """The editor, once it has taken the place of its textarea."""
    return page.locator("[data-started] [role='textbox']")


def type_text(page, text):
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def arrived(mail, first_name):
    address = f"{first_name}@prospects.example.com".lower()
    return wait_for(lambda: mail.messages(address))[-1]


def test_an_email_from_a_template_is_opened_clicked_and_answered(seller_page, app, mail):
    page = seller_page
    write_to(page, "Archer")
    assert_accessible(page)
    page.get_by_text("Use a template").click()
    page.get_by_role("button", name="Introduction").click()
    expect(page.get_by_label("Subject")).to_have_value("Pumps for {{company}}")
    type_text(page, " Shall we talk?")
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Pumps for Archer Ltd")).to_be_visible()
    expect(page.frame_locator(".preview iframe").get_by_text("Hello Ann")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("On its way to Ann Archer.")).to_be_visible()

    message = arrived(mail, "Ann")
    assert message.mime["Subject"] == "Pumps for Archer Ltd"
    mail.open(message)
    mail.click(message, next(url for url in mail.links(message) if "/c/" in url))
    mail.answer(message, text="Yes, call me.")
    app.manage("shell", "--command", POLL)

    def is_replied():
        page.goto("/emails/")
        return page.get_by_role("row").filter(has_text="Replied").count()

    wait_for(is_replied)
    assert_accessible(page)
    panel = page.locator("#panel")

    def is_told():
        page.goto("/emails/")
        page.get_by_role("link", name="Pumps for Archer Ltd").click()
        expect(panel.get_by_role("heading", name="What happened")).to_be_visible()
        words = ("Yes, call me.", "Open", "Click", "Sent")
        return all(panel.get_by_text(each).count() for each in words)

    wait_for(is_told)
    assert_accessible(page)


def test_undo_takes_an_email_back(seller_page, mail):
    page = seller_page
    before = mail.count()
    write_to(page, "Dean")
    page.get_by_label("Subject").fill("Too early")
    type_text(page, "Not yet.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_label("Subject")).to_have_value("Too early")
    page.keyboard.press("Escape")
    page.goto("/emails/?folder=draft")
    expect(page.get_by_role("link", name="Too early")).to_be_visible()
    assert mail.count() == before


def test_closing_the_panel_loses_nothing(seller_page):
    page = seller_page
    write_to(page, "Baker")
    # The next page must not come before what is kept.
    with page.expect_response(re.compile("/compose/save/")):
        page.get_by_label("Subject").fill("Half a thou")
        page.get_by_label("Subject").press("Escape")

    write_to(page, "Baker")
    page.get_by_role("link", name="Continue it").click()
    expect(page.get_by_label("Subject")).to_have_value("Half a thou")


def test_two_windows_do_not_overwrite_each_other(seller_page):
    page = seller_page
    continue_writing(page, "Half a thou")
    other = page.context.new_page()
    continue_writing(other, "Half a thou")
    # An opened draft says when it was saved, so only the answer tells that this is.
    with other.expect_response(re.compile("/compose/save/")):
        other.get_by_label("Subject").fill("From the other window")
    other.close()

    page.get_by_label("Subject").fill("From this window")
    expect(page.get_by_text("changed in another window")).to_be_visible()
    page.get_by_role("button", name="Keep this one").click()
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/emails/?folder=draft")
    expect(page.get_by_role("link", name="From this window")).to_be_visible()


def test_an_email_waits_for_its_time_in_the_sellers_zone(seller_page):
    page = seller_page
    write_to(page, "Cole")
    page.get_by_label("Subject").fill("Next week")
    type_text(page, "See you then.")
    page.locator("summary").filter(has_text="Schedule").click()
    expect(page.get_by_text("In your time zone, America/New_York.")).to_be_visible()
    assert_accessible(page)
    next_week = datetime.now(UTC).date() + timedelta(days=7)
    page.get_by_label("Day").fill(next_week.isoformat())
    page.get_by_label("Time").fill("09:30")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(
        page.get_by_text(re.compile(r"Goes to Carl Cole on .*9:30 a\.m\. E[SD]T"))
    ).to_be_visible()

    page.goto("/emails/?folder=scheduled")
    page.get_by_role("link", name="Next week").click()
    page.get_by_role("button", name="Back to draft").click()
    expect(page.get_by_label("Subject")).to_have_value("Next week")


def test_the_unsubscribe_page_ends_it(page, app, mail):
    message = arrived(mail, "Ann")
    link = next(url for url in mail.links(message) if "/u/" in url)
    page.goto(link)
    assert_accessible(page)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()

    sign_in(page, SELLER)
    write_to(page, "Archer")
    expect(page.locator("#panel").get_by_text("Ann Archer unsubscribed.")).to_be_visible()


def test_many_are_written_to_at_once_one_in_other_words_and_one_is_skipped(seller_page, mail):
    page = seller_page
    page.goto("/people/")
    for name in ("Archer", "Baker", "Cole"):
        page.locator("tbody tr").filter(has_text=name).get_by_role("checkbox").check()
    page.locator("#bulk").get_by_role("button", name="Email").click()
    expect(page.locator("#panel").get_by_text("3 people")).to_be_visible()
    expect(page.locator("#panel").get_by_text("Ann Archer unsubscribed.")).to_be_visible()
    page.get_by_role("button", name="Write the email").click()

    page.get_by_label("Subject").fill("News for {{first_name}}")
    type_text(page, "The text for everybody.")
    page.get_by_role("link", name="Bo Baker").click()
    expect(page.get_by_role("heading", name="Only for Bo Baker")).to_be_visible()
    type_text(page, " And a word for Bo.")
    page.get_by_role("link", name="Everybody").click()
    expect(page.get_by_text("One person has a text of their own")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="Check and send").click()
    expect(page.get_by_role("heading", name="2 people get this email")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send to 2 people").click()
    expect(page.get_by_text("2 sent")).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    expect(page.get_by_text("1 not sent")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Ann Archer")
    expect(row.get_by_text("Ann Archer unsubscribed.")).to_be_visible()
    assert_accessible(page)

    texts = {
        name: arrived(mail, name).mime.get_body(["plain"]).get_content() for name in ("Bo", "Carl")
    }
    assert "And a word for Bo." in texts["Bo"]
    assert "And a word for Bo." not in texts["Carl"]
    assert "The text for everybody." in texts["Carl"]
