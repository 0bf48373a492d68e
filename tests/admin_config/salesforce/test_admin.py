import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder
from admin_config.models import AuditEvent, SignInSettings
from admin_config.tasks import mail_main_is_lost, mail_salesforce_reminder
from syncing.delivery.models import Delivery
from syncing.errors import Misconfigured
from syncing.reminder_sync.models import ReminderLink
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.selectors import main_connection
from tests.admin_config.salesforce.conftest import go_and_come_back, text_of
from tests.factories import make_people
from tests.syncing.delivery.driving import record_mixed

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(salesforce):
    return {
        "login": "MY_DOMAIN",
        "my_domain": salesforce.base_url,
        "client_id": salesforce.client_id,
        "client_secret": salesforce.client_secret,
    }


@pytest.fixture
def carried_out(django_capture_on_commit_callbacks, monkeypatch):
    """What is queued inside the block is done at its end."""

    def at_once(task):
        monkeypatch.setattr(task, "apply_async", lambda *, kwargs, **_: task(**kwargs))
        return django_capture_on_commit_callbacks(execute=True)

    return at_once


def save(client, app, **changes):
    return client.post(reverse("settings:salesforce-app"), {**app, **changes}, follow=True)


def post(client, name, **data):
    return client.post(reverse(f"settings:{name}"), data, follow=True)


def page(client):
    return text_of(client.get(reverse("settings:salesforce"), follow=True))


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_the_first_page_says_how_to_make_the_app(admin_client):
    text = page(admin_client)

    assert "http://testserver/settings/salesforce/callback/" in text
    assert "External Client App" in text


def test_an_admin_enters_the_app_and_connects_the_workspace(admin_client, app, salesforce):
    save(admin_client, app)
    response = go_and_come_back(
        admin_client, salesforce, "settings:salesforce-connect", user="admin@example.com"
    )

    assert "Salesforce is connected as Ada Admin." in text_of(response)
    assert SalesforceConnection.objects.get().is_main
    assert actions() == ["SALESFORCE_APP_SAVED", "SALESFORCE_CONNECTED"]
    assert "It is not a real Salesforce." in page(admin_client)


def test_the_workspace_is_connected_by_client_credentials_too(admin_client, app):
    save(admin_client, app)

    assert "Salesforce is connected." in text_of(post(admin_client, "salesforce-connect-app"))
    assert SalesforceConnection.objects.get().kind == "CLIENT_CREDENTIALS"


def test_client_credentials_that_are_not_enabled_are_said_in_words(admin_client, app, salesforce):
    save(admin_client, app)
    salesforce.change_settings(client_credentials=False)

    text = text_of(post(admin_client, "salesforce-connect-app"))

    assert "enable its client credentials flow" in text
    assert not SalesforceConnection.objects.exists()


def test_the_secret_is_never_shown_and_stays_when_left_empty(admin_client, app, salesforce):
    save(admin_client, app)
    shown = page(admin_client) + text_of(admin_client.get(reverse("settings:salesforce-app")))
    save(admin_client, app, client_secret="")

    assert salesforce.client_secret not in shown
    assert SalesforceOrg.objects.get().client_secret == salesforce.client_secret


def test_another_app_needs_its_secret_and_a_confirmation(admin_client, main, app):
    other = {**app, "client_id": "3MVG9another"}
    response = save(admin_client, other, client_secret="")
    errors = response.context["form"].errors
    assert errors.keys() == {"client_secret", "everybody_reconnects"}
    assert main_connection().state == "CONNECTED"

    save(admin_client, other, everybody_reconnects="on")
    assert SalesforceOrg.objects.get().client_id == "3MVG9another"
    assert main_connection().state == "NEEDS_RECONNECT"


def test_nobody_is_locked_out_by_another_app(admin_client, main, app):
    SignInSettings.objects.update_or_create(pk=1, defaults={"policy": "SALESFORCE_ONLY"})

    response = save(admin_client, app, client_id="WRONGKEY", everybody_reconnects="on")

    assert "Let them in by other ways first" in text_of(response)
    assert SalesforceOrg.objects.get().client_id == app["client_id"]


@pytest.mark.parametrize("address", ["", "acme", "http://acme.my.salesforce.com"])
def test_an_address_that_may_not_be_used_is_refused_at_its_field(admin_client, app, address):
    response = save(admin_client, app, my_domain=address)

    assert response.context["form"].errors["my_domain"]
    assert not SalesforceOrg.objects.exists()


def test_production_and_sandbox_need_no_address(admin_client, app):
    save(admin_client, app, login="https://test.salesforce.com", my_domain="")

    assert SalesforceOrg.objects.get().login_url == "https://test.salesforce.com"


def test_the_test_says_that_it_works_or_what_does_not(admin_client, main, salesforce):
    assert "It works" in text_of(post(admin_client, "salesforce-test"))

    salesforce.set_access("Task.Subject", "none")
    salesforce.change_settings(api_enabled=False)
    text = text_of(post(admin_client, "salesforce-test"))
    assert "API Enabled" in text
    assert "API_DISABLED_FOR_ORG" in text
    assert "Paused" in text


def test_the_page_shows_the_calls_of_the_org_and_ours(admin_client, main, salesforce):
    salesforce.change_settings(other_calls=1_500)
    post(admin_client, "salesforce-test")

    assert "of 100,000" in page(admin_client)


def test_the_cap_is_stored_and_its_change_audited(admin_client, main):
    post(admin_client, "salesforce-options", daily_call_cap=20_000)

    assert SalesforceOrg.objects.get().daily_call_cap == 20_000
    assert AuditEvent.objects.get().details == {"daily_call_cap": [None, 20_000]}
    assert "greater than or equal" in text_of(
        post(admin_client, "salesforce-options", daily_call_cap=5)
    )


def test_users_are_matched_by_their_address(admin_client, main, seller):
    text = text_of(post(admin_client, "salesforce-match"))

    assert "2 users got a Salesforce user ID." in text
    seller.refresh_from_db()
    assert seller.salesforce_user_id in text


def test_who_is_nobody_in_salesforce_is_named(admin_client, main, seller):
    seller.email = "nobody@example.com"
    seller.save()

    assert "has the address of: nobody@example.com" in text_of(
        post(admin_client, "salesforce-match")
    )


def test_who_is_not_connected_is_shown_and_reminded(admin_client, admin, main, seller, carried_out):
    assert "2 users are not connected" in page(admin_client)

    with carried_out(mail_salesforce_reminder):
        post(admin_client, "salesforce-remind")

    assert {message.to[0] for message in mail.outbox} == {admin.email, seller.email}
    assert "http://testserver/settings/my-salesforce/" in mail.outbox[0].body
    assert actions() == ["SALESFORCE_REMINDED"]


def test_admins_are_mailed_when_the_main_connection_is_lost(
    admin, seller, main, salesforce, carried_out
):
    salesforce.expire_sessions()
    salesforce.change_settings(client_credentials=False)

    with (
        carried_out(mail_main_is_lost),
        pytest.raises(Misconfigured),
        calling(main, now=timezone.now()) as client,
    ):
        client.limits()

    (message,) = mail.outbox
    assert message.to == [admin.email]
    assert "enable its client credentials flow" in message.body


def test_the_main_connection_ends_after_a_question(admin_client, main):
    assert (
        "goes on" in text_of(admin_client.get(reverse("settings:salesforce-disconnect")))
        or SalesforceConnection.objects.exists()
    )

    post(admin_client, "salesforce-disconnect")

    assert not SalesforceConnection.objects.exists()
    assert actions() == ["SALESFORCE_DISCONNECTED"]


def test_everybody_is_disconnected_after_a_count(admin_client, main):
    assert "1 connection to" in text_of(admin_client.get(reverse("settings:salesforce-leave")))

    post(admin_client, "salesforce-leave")

    assert not SalesforceConnection.objects.exists()
    assert SalesforceOrg.objects.get().org_id == ""
    assert actions() == ["SALESFORCE_ORG_LEFT"]


def record_in_salesforce(seller, state):
    (activity,) = record_mixed(make_people(1), seller, 1)
    now = timezone.now()
    Delivery.objects.update_or_create(
        activity=activity,
        destination="SALESFORCE",
        defaults={
            "state": state,
            "remote_id": "00T000000000001AAA",
            "due_at": now,
            "created_at": now,
            "settled_at": now,
        },
    )


def assert_stays(client):
    for response in (client.get, client.post):
        text = text_of(response(reverse("settings:salesforce-leave"), follow=True))
        assert "This workspace stays with" in text
        assert "Another org needs a workspace of its own." in text
    assert SalesforceConnection.objects.exists()
    assert SalesforceOrg.objects.get().org_id
    assert actions() == []


@pytest.mark.parametrize("state", ["DELIVERED", "UNCERTAIN"])
def test_an_org_in_which_activities_may_lie_is_not_left(admin_client, main, seller, state):
    record_in_salesforce(seller, state)

    assert_stays(admin_client)


def test_the_page_says_that_salesforce_refuses_activities(admin_client, main, seller):
    assert "refused by Salesforce" not in page(admin_client)
    record_in_salesforce(seller, "PARKED")

    shown = page(admin_client)

    assert "1 activity is refused by Salesforce." in shown
    assert f"{reverse('settings:diagnostics')}?destination=SALESFORCE" in shown


def test_an_org_in_which_reminders_are_tasks_is_not_left(admin_client, admin, main):
    now = timezone.now()
    reminder = create_reminder(
        owner=admin, person=None, kind=Reminder.Kind.CALL, subject="Call", due_at=now, now=now
    )
    ReminderLink.objects.create(reminder=reminder, task_id="00T000000000001AAA")

    assert_stays(admin_client)


def test_an_org_that_was_written_nothing_can_be_left(admin_client, main, seller):
    record_in_salesforce(seller, "PARKED")

    post(admin_client, "salesforce-leave")

    assert SalesforceOrg.objects.get().org_id == ""


@pytest.mark.parametrize(
    "name",
    """
    salesforce-connect salesforce-connect-app salesforce-test salesforce-options salesforce-match
    salesforce-disconnect salesforce-leave
    """.split(),
)
def test_without_an_app_every_page_leads_back_to_the_beginning(admin_client, name):
    url = reverse(f"settings:{name}")
    response = admin_client.post(url)
    if response.status_code == 405:
        response = admin_client.get(url)

    assert response.status_code == 302
    assert "External Client App" in page(admin_client)
