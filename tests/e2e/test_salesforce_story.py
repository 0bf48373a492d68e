"""An admin connects Salesforce, and what sellers do and colleagues there do comes together."""

import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from syncing.sandbox import SANDBOX_SALESFORCE_CLIENT_ID, SANDBOX_SALESFORCE_CLIENT_SECRET
from tests.e2e.conftest import assert_accessible, running_app, sign_in, sign_out, wait_for

ADMIN = "admin@example.com"
SELLER = "sam@example.com"

SETUP = """
from tests.activities.factories import make_channel, make_identity
from tests.factories import make_person, make_user
from syncing.sandbox.mail.testing import Mail

sam = make_user(email="sam@example.com", first_name="Sam", last_name="Seller")
make_channel(sam, mail=Mail("{mail}"))
make_identity(sam)
for marketo_id, first, last, contact in {people}:
    make_person(
        marketo_id=marketo_id,
        first_name=first,
        last_name=last,
        email=f"{{first}}@prospects.example.com".lower(),
        salesforce_contact_id=contact,
    )
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A workspace of its own with a seller and two contacts, who are in its sandbox as well."""
    folder = tmp_path_factory.mktemp("e2e-salesforce")
    with running_app(folder, queues=("mail", "outbound")) as app:
        people = [contact_of(app, "Ann", "Archer"), contact_of(app, "Bo", "Baker")]
        setup = SETUP.format(mail=app.sandbox.base_url, people=people)
        app.manage("shell", "--command", setup)
        yield app


def contact_of(app, first, last):
    address = f"{first}@prospects.example.com".lower()
    lead_id = app.sandbox.create_lead(
        firstName=first, lastName=last, email=address, sfdcType="Contact"
    )
    (lead,) = app.sandbox.leads([lead_id]).values()
    return lead_id, first, last, lead["sfdcContactId"]


def test_an_admin_enters_the_app(admin_page, app):
    admin_page.goto("/settings/salesforce/")
    expect(admin_page.get_by_text("External Client App Manager")).to_be_visible()
    assert_accessible(admin_page)

    admin_page.get_by_label("Users sign in at").select_option("MY_DOMAIN")
    admin_page.get_by_label("My Domain").fill(app.sandbox.salesforce.base_url)
    admin_page.get_by_label("Consumer key").fill(SANDBOX_SALESFORCE_CLIENT_ID)
    admin_page.get_by_label("Consumer secret").fill(SANDBOX_SALESFORCE_CLIENT_SECRET)
    admin_page.get_by_role("button", name="Save").click()

    expect(admin_page.get_by_text("It is not a real Salesforce")).to_be_visible()
    assert_accessible(admin_page)


def test_the_workspace_is_connected_by_signing_in_to_salesforce(admin_page):
    admin_page.goto("/settings/salesforce/")
    admin_page.get_by_role("link", name="Connect Salesforce").click()
    admin_page.get_by_label("Sign in as").select_option(ADMIN)
    admin_page.get_by_role("button", name="Allow").click()

    expect(admin_page.get_by_text("Salesforce is connected as Ada Admin.")).to_be_visible()
    admin_page.get_by_role("button", name="Test connection").click()
    expect(admin_page.locator("#test-result")).to_contain_text("It works")
    assert_accessible(admin_page)


def test_a_denial_is_said(admin_page):
    admin_page.goto("/settings/my-salesforce/")
    admin_page.get_by_role("link", name="Connect Salesforce").click()
    admin_page.get_by_role("button", name="Deny").click()

    expect(admin_page.get_by_text("told not to allow it")).to_be_visible()
    assert_accessible(admin_page)


def test_a_user_connects_and_sees_when_it_has_ended(admin_page, app):
    admin_page.goto("/settings/my-salesforce/")
    admin_page.get_by_role("link", name="Connect Salesforce").click()
    expect(admin_page.get_by_label("Sign in as")).to_have_value(ADMIN)
    admin_page.get_by_role("button", name="Allow").click()
    expect(admin_page.get_by_text("Salesforce is connected as Ada Admin.")).to_be_visible()

    app.sandbox.salesforce.revoke_approvals()
    admin_page.get_by_role("button", name="Test connection").click()

    expect(admin_page.get_by_text("Needs re-connect")).to_be_visible()
    assert_accessible(admin_page)
    admin_page.goto("/settings/salesforce/")
    expect(admin_page.get_by_text("2 users are not connected")).to_be_visible()
    assert_accessible(admin_page)
    admin_page.goto("/people/")
    expect(admin_page.get_by_text("Your Salesforce connection has ended.")).to_be_visible()
    assert_accessible(admin_page)


def test_what_is_logged_is_chosen_and_the_subject_previewed(admin_page):
    admin_page.goto("/settings/salesforce/")
    admin_page.get_by_role("link", name="Sync settings").click()
    admin_page.get_by_label("Log emails").select_option("API")
    admin_page.get_by_label("Log calls").check()
    subject = "[Actions] {{activity_type}}: {{activity_subject}}"
    admin_page.get_by_label("Subject of tasks").press_sequentially(subject)

    expect(admin_page.locator("#subject-preview")).to_contain_text(
        "[Actions] Email: Our talk last week"
    )
    assert_accessible(admin_page)
    admin_page.get_by_role("button", name="Save").click()
    expect(admin_page.get_by_text("It holds from now on.")).to_be_visible()
    expect(admin_page.get_by_label("Log calls")).to_be_checked()


SELECTED = {
    "Log to": "CONTACT",
    "Where several have the address": "ALL",
    "Where nobody has the address": "CREATE_LEAD",
    "Log opens and clicks": "OWN_TASK",
    "When a reminder is skipped": "DELETE",
}
CHECKED = (
    "Relate to the contact's account, too",
    "Relate to open opportunities in which the contact has a role",
    "Log replies",
    "Write the most recent activity on the record",
    "The same for everybody",
)


def test_each_other_setting_is_changed_and_stays(admin_page):
    admin_page.goto("/settings/salesforce/sync/")
    for label, value in SELECTED.items():
        admin_page.get_by_label(label, exact=True).select_option(value)
    for label in CHECKED:
        admin_page.get_by_label(label, exact=True).check()
    admin_page.get_by_role("button", name="Save").click()
    expect(admin_page.get_by_text("It holds from now on.")).to_be_visible()

    for label, value in SELECTED.items():
        expect(admin_page.get_by_label(label, exact=True)).to_have_value(value)
    for label in CHECKED:
        expect(admin_page.get_by_label(label, exact=True)).to_be_checked()
    admin_page.goto("/settings/audit-log/")
    change = admin_page.get_by_role("row").filter(has_text="Changed Salesforce settings").first
    expect(change).to_contain_text("CREATE_LEAD")


def test_missing_fields_are_deployed_after_a_preview(admin_page):
    admin_page.goto("/settings/salesforce/")
    admin_page.get_by_role("button", name="Connect by client credentials").click()
    expect(admin_page.get_by_text("Salesforce is connected.")).to_be_visible()
    admin_page.get_by_role("link", name="Setup check").click()
    key = admin_page.get_by_role("row").filter(has_text="Actions_Activity_Id__c")
    expect(key).to_contain_text("Works, with less")
    assert_accessible(admin_page)

    admin_page.get_by_role("button", name="Deploy fields").click()

    expect(admin_page.get_by_text("17 fields were made.")).to_be_visible()
    expect(key).to_contain_text("Good")
    assert_accessible(admin_page)


def sign_in_by_salesforce(page, *, user):
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Sign in with Salesforce").click()
    page.get_by_label("Sign in as").select_option(user)
    page.get_by_role("button", name="Allow").click()


def test_salesforce_is_made_the_only_way_in_and_the_server_opens_the_others_again(page, app):
    page.goto("/accounts/login/")
    assert_accessible(page)
    sign_in_by_salesforce(page, user=ADMIN)
    page.wait_for_url("**/people/**")
    page.goto("/settings/sign-in/")
    expect(page.get_by_text("You signed in with Salesforce yourself.")).to_be_visible()
    assert_accessible(page)

    page.get_by_label("Salesforce only").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds from now on.")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/")
    expect(page.get_by_role("link", name="Sign in with Salesforce")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)
    assert_accessible(page)
    sign_in_by_salesforce(page, user="priya@example.com")
    expect(page.get_by_text("There is no account here for priya@example.com.")).to_be_visible()
    assert_accessible(page)

    app.manage("login_policy", "ALL_METHODS")
    sign_in(page, ADMIN)


def test_users_are_matched_by_their_addresses(admin_page, app):
    admin_page.goto("/settings/salesforce/")
    admin_page.get_by_role("button", name="Match users by email").click()

    expect(admin_page.get_by_text("1 user got a Salesforce user ID.")).to_be_visible()
    seller = admin_page.get_by_role("row").filter(has_text=SELLER)
    expect(seller).to_contain_text(app.sandbox.salesforce.users()[SELLER]["Id"])


def test_the_sync_of_reminders_begins_after_a_preview(admin_page, app):
    sam = app.sandbox.salesforce.users()[SELLER]["Id"]
    app.sandbox.salesforce.create("Task", Subject="Congratulate", user=sam)
    admin_page.goto("/settings/salesforce/reminders/")
    expect(admin_page.get_by_text("1 open task would come in.")).to_be_visible()
    expect(admin_page.get_by_text("Congratulate")).to_be_visible()
    assert_accessible(admin_page)

    admin_page.get_by_role("button", name="Sync reminders").click()

    expect(admin_page.get_by_text("Reminders are synced from now on.")).to_be_visible()
    assert_accessible(admin_page)


def test_a_reminder_is_a_task_that_a_colleague_completes(page, app):
    sign_in(page, SELLER)

    def is_here():
        synced(app)
        page.goto("/reminders/")
        return page.get_by_text("Congratulate").count()

    wait_for(is_here)
    page.get_by_role("button", name="Complete Congratulate").click()
    expect(page.get_by_text("Nothing to be reminded of")).to_be_visible()
    page.get_by_role("link", name="Add reminder").click()
    panel = page.locator("#panel")
    panel.get_by_label("Subject").fill("Send the offer")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    panel.get_by_label("Due").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    panel.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Custom: Send the offer")).to_be_visible()

    task = wait_for(lambda: task_of(app, "Send the offer"))
    assert task["OwnerId"] == app.sandbox.salesforce.users()[SELLER]["Id"]
    page.goto(f"{app.sandbox.base_url}/salesforce#{task['Id']}")
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator("#message")).to_have_text("Done.")

    def is_completed():
        synced(app)
        page.goto("/reminders/")
        return page.get_by_text("Nothing to be reminded of").count()

    wait_for(is_completed)
    assert_accessible(page)


def test_a_task_of_a_colleague_is_a_reminder_that_a_seller_completes(page, app):
    page.goto(f"{app.sandbox.base_url}/salesforce")
    # Those who may own it are read after the page is there.
    expect(page.locator("#user").get_by_text("Sam Seller")).to_be_attached()
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_label("Subject").fill("Ask for references")
    page.get_by_label("Owner").select_option("Sam Seller")
    page.locator("#record").get_by_label("Due").fill(datetime.now(UTC).strftime("%Y-%m-%d"))
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("#message")).to_have_text("Saved.")
    sign_in(page, SELLER)

    def is_here():
        synced(app)
        page.goto("/reminders/")
        return page.get_by_text("Ask for references").count()

    wait_for(is_here)
    assert_accessible(page)
    page.get_by_role("button", name="Complete Ask for references").click()
    expect(page.get_by_text("Nothing to be reminded of")).to_be_visible()

    wait_for(lambda: task_of(app, "Ask for references")["Status"] == "Completed")


def test_a_reminder_that_salesforce_refuses_is_marked_until_it_is_sent(page, app):
    app.sandbox.salesforce.add_fault(
        "record",
        object="Task",
        field="Subject",
        times=0,
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message="Say what it is for",
    )
    sign_in(page, SELLER)
    page.goto("/reminders/")
    page.get_by_role("link", name="Add reminder").click()
    panel = page.locator("#panel")
    panel.get_by_label("Subject").fill("Call Archer")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_be_hidden()
    mark = page.locator(".reminder").filter(has_text="Call Archer").locator(".tag-warning")

    def is_marked():
        synced(app)
        page.goto("/reminders/")
        return mark.count()

    wait_for(is_marked)
    expect(mark).to_have_text("Not in step with Salesforce")
    assert_accessible(page)
    page.get_by_role("link", name="Call Archer", exact=True).click()
    expect(panel.get_by_text("Say what it is for")).to_be_visible()
    assert_accessible(page)

    app.sandbox.salesforce.clear_faults()
    panel.get_by_label("Notes").fill("For the offer")
    panel.get_by_role("button", name="Save").click()
    wait_for(lambda: task_of(app, "Call Archer"))
    page.goto("/reminders/")
    expect(mark).to_have_count(0)
    page.get_by_role("button", name="Complete Call Archer").click()
    expect(page.get_by_text("Nothing to be reminded of")).to_be_visible()


def test_the_sync_of_reminders_is_not_stopped_by_one_click(admin_page):
    admin_page.goto("/settings/salesforce/reminders/")
    admin_page.get_by_role("link", name="Stop syncing").click()
    expect(admin_page.get_by_role("heading", name="Stop syncing reminders?")).to_be_visible()
    expect(admin_page.get_by_role("button", name="Stop syncing")).to_be_visible()
    assert_accessible(admin_page)

    admin_page.get_by_role("link", name="Let it go on").click()

    expect(admin_page.get_by_text("Last looked at Salesforce")).to_be_visible()


def test_an_email_is_a_task_with_a_link_on_the_timeline(page, app):
    sign_in(page, SELLER)
    send_to(page, "Ann", "Archer")

    task = wait_for(lambda: task_of(app, "[Actions] Email: Pumps for Archer"))
    assert task["WhoId"] == contact(app, "Ann")["Id"]
    assert task["OwnerId"] == app.sandbox.salesforce.users()[SELLER]["Id"]
    assert task["Status"] == "Completed"

    def is_told():
        open_person(page, "Archer")
        expect(page.locator("#panel .event").first).to_be_visible()
        return page.locator("#panel").get_by_text("Logged to Salesforce").count()

    wait_for(is_told)
    link = page.locator("#panel").get_by_role("link", name="Task", exact=True)
    assert_accessible(page)
    with page.context.expect_page() as opened:
        link.click()
    title = f"Task: {task['Subject']}"
    expect(opened.value.get_by_role("heading", name=title)).to_be_visible()


def test_what_salesforce_refuses_is_in_the_diagnostics_and_tried_again(page, app):
    app.sandbox.salesforce.add_fault(
        "record",
        object="Task",
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message="Name a product in the subject",
        times=0,
    )
    sign_in(page, SELLER)
    send_to(page, "Bo", "Baker")
    sign_out(page)
    sign_in(page, ADMIN)

    def is_parked():
        page.goto("/settings/diagnostics/")
        return page.get_by_text("Name a product in the subject").count()

    wait_for(is_parked)
    row = page.get_by_role("row").filter(has_text="Name a product in the subject")
    expect(row).to_contain_text("1 person")
    assert_accessible(page)
    app.sandbox.salesforce.clear_faults()
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 is on its way again.")).to_be_visible()

    wait_for(lambda: task_of(app, "[Actions] Email: Pumps for Baker"))

    def is_well():
        page.goto("/settings/diagnostics/")
        return page.get_by_text("All is well").count()

    wait_for(is_well)
    assert_accessible(page)


def test_an_unsubscribe_opts_out_there_and_an_admin_takes_it_back_on_both_sides(page, app):
    sign_in(page, SELLER)
    open_person(page, "Baker")
    panel = page.locator("#panel")
    panel.get_by_role("link", name="Unsubscribe", exact=True).click()
    panel.get_by_label("Reason").fill("Asked on the phone")
    panel.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect(page.get_by_text("Bo Baker is unsubscribed.")).to_be_visible()
    wait_for(lambda: contact(app, "Bo")["HasOptedOutOfEmail"])
    sign_out(page)

    sign_in(page, ADMIN)
    open_person(page, "Baker")
    panel.get_by_role("link", name="Remove unsubscribe").click()
    expect(panel.get_by_text("These records are opted out, and will be cleared:")).to_be_visible()
    assert_accessible(page)
    panel.get_by_label("Reason").fill("Asked for our letter at the fair")
    panel.get_by_role("button", name="Remove unsubscribe").click()

    expect(page.get_by_text("Bo Baker gets emails again.")).to_be_visible()
    assert not contact(app, "Bo")["HasOptedOutOfEmail"]


def test_whom_a_colleague_opts_out_is_unsubscribed_here_and_in_the_report(page, app):
    page.goto(f"{app.sandbox.base_url}/salesforce#{contact(app, 'Ann')['Id']}")
    page.get_by_label("Email Opt Out").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("#message")).to_have_text("Saved.")
    sign_in(page, ADMIN)
    page.goto("/settings/unsubscribes/salesforce/")
    expect(page.get_by_text("Contact: the fields can be read and written.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Sync", exact=True).select_option("NIGHTLY")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Sync now")).to_be_visible()

    app.manage("sync_unsubscribes")

    page.reload()
    page.get_by_role("row").filter(has_text="Done").get_by_role("link").click()
    expect(page.get_by_role("row").filter(has_text="Ann Archer")).to_be_visible()
    assert_accessible(page)
    open_person(page, "Archer")
    expect(page.locator("#panel").get_by_text("Unsubscribed").first).to_be_visible()


def contact(app, first_name):
    """Salesforce's contact of this first name."""
    contacts = app.sandbox.salesforce.live("Contact")
    return next(record for record in contacts if record["FirstName"] == first_name)


def open_person(page, name):
    page.goto("/people/")
    page.locator("tbody tr").filter(has_text=name).get_by_role("link").first.click()
    expect(page.locator("#panel").get_by_role("link", name="Email", exact=True)).to_be_visible()


def send_to(page, first_name, name):
    open_person(page, name)
    page.locator("#panel").get_by_role("link", name="Email", exact=True).click()
    page.get_by_label("Subject").fill(f"Pumps for {name}")
    page.locator("[data-started] [role='textbox']").click()
    page.keyboard.type("Shall we talk?")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text(f"On its way to {first_name} {name}.")).to_be_visible()


def synced(app):
    """A cycle now, unless the worker is at it this very moment."""
    with suppress(subprocess.CalledProcessError):
        app.manage("sync_reminders")


def task_of(app, subject):
    """Salesforce's task with this subject, if there is one."""
    tasks = app.sandbox.salesforce.live("Task")
    return next((task for task in tasks if task["Subject"] == subject), None)
