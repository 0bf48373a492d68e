"""Marketo keeps an email back, and another system is told of what happens."""

import pytest
from playwright.sync_api import expect

from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from syncing.sandbox.mail.testing import Mail
from tests.e2e.conftest import assert_accessible, running_app, sign_in, sign_out, wait_for
from tests.syncing.webhooks.receiver import running_receiver

SETUP = """
from tests.activities.factories import make_channel, make_identity
from tests.factories import make_person, make_user
from syncing.sandbox.mail.testing import Mail

sam = make_user(email="sam@example.com", first_name="Sam", last_name="Seller")
make_channel(sam, mail=Mail("{mail}"))
make_identity(sam)
for first, last in (("Ann", "Archer"), ("Bo", "Baker")):
    address = f"{{first}}@prospects.example.com".lower()
    make_person(first_name=first, last_name=last, email=address)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A workspace connected to Marketo, with a seller, and two prospects whom Marketo knows."""
    folder = tmp_path_factory.mktemp("e2e-integrations")
    with running_app(folder, queues=("mail", "outbound")) as app:
        app.manage("shell", "--command", SETUP.format(mail=app.sandbox.base_url))
        app.manage(
            "connect_marketo",
            f"--base-url={app.sandbox.base_url}",
            f"--client-id={SANDBOX_CLIENT_ID}",
            f"--client-secret={SANDBOX_CLIENT_SECRET}",
        )
        for first, is_unsubscribed in (("ann", True), ("bo", False)):
            app.sandbox.create_lead(
                lastName="Known",
                email=f"{first}@prospects.example.com",
                unsubscribed=is_unsubscribed,
            )
        yield app


def send_to(page, name):
    page.goto("/people/")
    page.locator("tbody tr").filter(has_text=name).get_by_role("link").first.click()
    page.locator("#panel").get_by_role("link", name="Email", exact=True).click()
    page.get_by_label("Subject").fill(f"Pumps for {name}")
    page.locator("[data-started] [role='textbox']").click()
    page.keyboard.type("Shall we talk?")
    page.get_by_role("button", name="Send now").click()


def test_who_is_unsubscribed_in_marketo_gets_nothing(page, app):
    sign_in(page, "admin@example.com")
    page.goto("/settings/unsubscribes/")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Marketo is asked right before each email goes out.")).to_be_visible()
    assert_accessible(page)
    sign_out(page)

    sign_in(page, "sam@example.com")
    send_to(page, "Archer")
    kept_back = "ann@prospects.example.com is unsubscribed in Marketo."
    expect(page.locator("#panel").get_by_text(kept_back).first).to_be_visible()
    assert_accessible(page)
    send_to(page, "Baker")
    expect(page.get_by_text("On its way to Bo Baker.")).to_be_visible()

    mail = Mail(app.sandbox.base_url)
    wait_for(lambda: mail.messages("bo@prospects.example.com"))
    assert mail.messages("ann@prospects.example.com") == []


def test_another_system_is_told_and_the_log_says_so(page, app):
    with running_receiver() as receiver:
        sign_in(page, "admin@example.com")
        page.goto("/settings/webhooks/")
        page.get_by_label("URL").fill(receiver.url)
        page.get_by_role("button", name="Add webhook").click()
        secret = page.get_by_label("Secret").input_value()
        assert secret.startswith("whsec_")
        assert_accessible(page)
        page.get_by_role("link", name=receiver.url).click()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test was taken: HTTP 200.")).to_be_visible()
        assert secret not in page.content()

        receiver.statuses = [503, 200]
        page.goto("/people/")
        page.locator("tbody tr").filter(has_text="Baker").get_by_role("link").first.click()
        page.locator("#panel").get_by_role("link", name="Unsubscribe").click()
        page.get_by_label("Reason").fill("Told us on the phone")
        page.locator("#panel").get_by_role("button", name="Unsubscribe").click()

        wait_for(lambda: len(receiver.told("unsubscribe.created")) == 2)
        first, second = receiver.told("unsubscribe.created")
        assert first == second
        assert first["reason"] == "Told us on the phone"

        def is_delivered():
            page.goto("/settings/webhooks/")
            page.get_by_role("link", name=receiver.url).click()
            page.wait_for_url("**/webhooks/*/")
            row = page.get_by_role("row").filter(has_text="unsubscribe.created")
            return row.filter(has_text="Delivered").count()

        wait_for(is_delivered)
        assert_accessible(page)
