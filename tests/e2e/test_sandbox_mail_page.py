"""The sandbox's mailbox page, where a visitor plays the prospects."""

import pytest

from syncing.sandbox.testing import running_mailbox
from tests.e2e.conftest import PATIENCE_MS, assert_accessible
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


@pytest.fixture
def mail():
    with running_mailbox() as running:
        html = '<p>Look <a href="http://127.0.0.1:1/here">here</a>.</p>'
        running.deliver(PROSPECT, letter(text=html, Content_Type="text/html"), sender=SELLER)
        running.deliver("other@example.com", letter("Another"), sender=SELLER)
        yield running


@pytest.fixture
def mail_page(mail, browser):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{mail.base_url}/mail")
    yield page
    page.close()
    assert complaints == []


def read_letter(page):
    page.get_by_role("button", name=PROSPECT).click()
    page.get_by_role("heading", name="Hello").wait_for()


def test_a_prospect_reads_opens_clicks_and_answers(mail_page, mail):
    read_letter(mail_page)
    frame = mail_page.frame_locator("iframe")
    frame.get_by_text("Look here.").wait_for()
    mail_page.get_by_role("button", name="Open with pictures").click()
    mail_page.get_by_text("Opened.").wait_for()
    mail_page.get_by_role("button", name="Click here").click()
    mail_page.get_by_text("(no answer)").wait_for()

    mail_page.get_by_label("From").fill("boss@example.com")
    mail_page.get_by_label("Answer").fill("Gladly.")
    mail_page.get_by_role("button", name="Answer", exact=True).click()
    mail_page.get_by_text("Answered.").wait_for()
    mail_page.get_by_text("answered from boss@example.com").wait_for()
    assert mail.message(SELLER).sender == "boss@example.com"


def test_mail_bounces_and_is_marked_as_spam(mail_page, mail):
    read_letter(mail_page)
    for name in ("Hard bounce", "Soft bounce", "Mark as spam", "Out of office"):
        before = len(mail.messages(SELLER))
        mail_page.get_by_role("button", name=name).click()
        mail_page.locator("#deeds li").nth(before).wait_for()
        assert len(mail.messages(SELLER)) == before + 1


def test_messages_are_found_by_address_and_new_ones_show_up(mail_page, mail):
    mail_page.get_by_role("searchbox", name="Search addresses").fill("other")
    mail_page.get_by_role("button", name="Search").click()
    mail_page.get_by_role("button", name=PROSPECT).wait_for(state="detached")
    mail.deliver("another.other@example.com", letter("Brand new"), sender=SELLER)
    mail_page.get_by_role("button", name="Brand new").wait_for()


def test_a_fault_is_ordered_and_removed(mail_page, mail):
    mail_page.get_by_label("What").select_option("refuse")
    mail_page.locator("[name=at]").select_option("rcpt")
    mail_page.get_by_role("button", name="Order").click()
    mail_page.get_by_role("cell", name="0 of 1").wait_for()
    mail_page.get_by_role("button", name="Remove").click()
    mail_page.get_by_role("cell", name="0 of 1").wait_for(state="detached")


def test_the_pages_are_accessible(mail_page, mail):
    read_letter(mail_page)
    assert_accessible(mail_page)
    mail_page.goto(f"{mail.base_url}/calls")
    mail_page.get_by_role("button", name="Save").wait_for()
    assert_accessible(mail_page)
