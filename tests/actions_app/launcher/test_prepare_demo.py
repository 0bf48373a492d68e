import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from actions_app.launcher.demo_content import OUTCOMES, TEMPLATES
from actions_app.launcher.demo_users import DEMO_USERS
from actions_app.launcher.workspace import load_secrets
from activities.calls.models import CallOutcome
from activities.campaigns.selectors import steps_of, visible_campaigns
from activities.emails import channels
from activities.emails.models import DeliveryChannel, Template
from activities.emails.rendering import render
from activities.emails.services import draft_email
from activities.emails.template_selectors import visible_templates
from syncing.models import MarketoConnection, PeopleOrigin, SyncRun
from syncing.reminder_sync.users import synced_users
from syncing.salesforce_connections.credentials import save_app
from syncing.salesforce_connections.probe import test_connection as probe
from syncing.salesforce_connections.selectors import get_org, main_connection
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.salesforce_settings.services import change_settings
from syncing.salesforce_settings.setup_check import check_setup
from syncing.sandbox import OWNERS
from syncing.sandbox.salesforce.users import USERS
from syncing.sandbox.testing import Mail, running_sandbox
from tests.factories import make_person

pytestmark = pytest.mark.django_db
DEMO_EMAILS = {user.email for user in DEMO_USERS}
COMMAND = "actions_app.launcher.management.commands.prepare_demo"


@pytest.fixture(autouse=True)
def passwords(tmp_path, monkeypatch):
    """The passwords of a new folder, not those of the developer's own."""
    monkeypatch.setattr(f"{COMMAND}.SECRETS", tmp_path / "secrets.json")
    return load_secrets(tmp_path / "secrets.json").passwords


def users():
    return get_user_model().objects


def test_an_admin_and_two_sellers_who_own_people_can_sign_in(client, passwords):
    call_command("prepare_demo")
    assert users().filter(role="ADMIN").count() == 1
    sellers = users().filter(role="USER").values_list("salesforce_user_id", flat=True)
    assert set(sellers) == {owner.salesforce_id for owner in OWNERS[:2]}
    for user in DEMO_USERS:
        credentials = {"login": user.email, "password": passwords[user.email]}
        assert client.post("/accounts/login/", credentials).status_code == 302


def test_a_password_that_was_changed_stays(passwords):
    call_command("prepare_demo")
    admin = users().get(email="admin@example.com")
    admin.set_password("My-0wn-Secret")
    admin.save()
    call_command("prepare_demo")
    assert users().get(email="admin@example.com").check_password("My-0wn-Secret")


def test_the_first_start_connects_the_sandbox_and_syncs_and_later_ones_only_follow_it():
    with running_sandbox(people=20) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        connection = MarketoConnection.objects.get()
        assert connection.base_url == sandbox.base_url
        run = SyncRun.objects.get()
        assert run.kind == SyncRun.Kind.INITIAL
        assert run.requested_by.email == "admin@example.com"
        SyncRun.objects.update(state=SyncRun.State.SUCCEEDED)

        MarketoConnection.objects.update(base_url="http://127.0.0.1:1")
        call_command("prepare_demo", sandbox=sandbox.base_url)
        assert MarketoConnection.objects.get().base_url == sandbox.base_url
        assert SyncRun.objects.count() == 1


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_real_marketo_and_its_people_are_left_alone(is_connected):
    PeopleOrigin.objects.create(id=1, host="123-abc-456.mktorest.com")
    if is_connected:
        connect_real_marketo()
    call_command("prepare_demo", sandbox="http://127.0.0.1:8800")
    assert PeopleOrigin.objects.get().host == "123-abc-456.mktorest.com"
    assert MarketoConnection.objects.exists() is is_connected


def connect_real_marketo():
    MarketoConnection.objects.create(
        id=1,
        base_url="https://123-abc-456.mktorest.com",
        client_id="client",
        client_secret="secret",
        connected_at=timezone.now(),
    )


def test_salesforce_is_connected_with_what_it_needs_and_what_sellers_do_is_logged():
    with running_sandbox(people=20) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        check = check_setup(now=timezone.now())
    assert check.missing == ()
    assert main_connection().salesforce_username == "integration@sandbox-org.example"
    everybody = set(sandbox_ids().items())
    assert everybody == set(users().values_list("email", "salesforce_user_id"))
    assert SalesforceSettings.load().log_calls
    assert {one.user for one in synced_users()} == set(users().all())


def sandbox_ids():
    return {user.email: user.id for user in USERS if user.email in DEMO_EMAILS}


def test_salesforce_is_followed_to_another_port_and_what_was_changed_stays():
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
    change_settings(changes={"log_calls": False}, by=None, now=timezone.now())
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        assert get_org().login_url == sandbox.base_url
        assert probe(main_connection(), now=timezone.now()).ok
    assert not SalesforceSettings.load().log_calls


def test_a_real_org_and_one_that_was_disconnected_are_left_alone():
    org = save_app(login_url="https://acme.my.salesforce.com", client_id="x", client_secret="y")
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        assert get_org() == org
        assert main_connection() is None

        save_app(login_url="http://127.0.0.1:1", client_id="x", client_secret="y")
        call_command("prepare_demo", sandbox=sandbox.base_url)
        assert main_connection() is None


def test_the_demo_users_write_and_read_mail_in_the_sandbox():
    with running_sandbox(people=20) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        for user in users().all():
            identity = user.sender_identities.get()
            assert identity.address == user.email
            assert identity.is_default
            assert identity.verified_at
            channel = channels.channel_for(user)
            for report in (
                channels.test_smtp(channel, now=timezone.now()),
                channels.test_imap(channel),
            ):
                assert report.is_ok, report.message
            assert channel.cursor.polled_at, "an answer within the first minute counts"


def test_channels_follow_the_sandbox_to_other_ports_and_own_ones_stay():
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
    DeliveryChannel.objects.filter(user__email="sam@example.com").update(throttle_emails=7)
    DeliveryChannel.objects.filter(user__email="sara@example.com").update(smtp_host="192.0.2.1")
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        sam = DeliveryChannel.objects.get(user__email="sam@example.com")
        assert sam.throttle_emails == 7
        assert sam.smtp_port == Mail(sandbox.base_url).smtp_port
        assert channels.test_imap(sam).is_ok
    assert DeliveryChannel.objects.get(user__email="sara@example.com").smtp_host == "192.0.2.1"


def test_there_is_something_to_begin_with_and_it_is_not_made_twice():
    with running_sandbox(people=0) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
        Template.objects.filter(name="Introduction").update(name="Mine")
        call_command("prepare_demo", sandbox=sandbox.base_url)
    sam = users().get(email="sam@example.com")
    assert visible_templates(user=sam).filter(name="Mine").exists()
    assert Template.objects.count() == len(TEMPLATES)
    assert CallOutcome.objects.count() == len(OUTCOMES)
    campaign = visible_campaigns(user=sam).get()
    assert [step.kind for step in steps_of(campaign)] == ["EMAIL", "EMAIL", "CALL"]


def test_the_texts_of_the_demo_fill_in_whom_they_are_for():
    """No field of theirs is misspelt: only prompts are left for the seller."""
    with running_sandbox(people=20) as sandbox:
        call_command("prepare_demo", sandbox=sandbox.base_url)
    sender = users().get(email="sam@example.com")
    person = make_person(first_name="Ann", company="Ox")
    for template in Template.objects.all():
        email = draft_email(sender=sender, person=person, now=timezone.now(), template=template)
        assert render(email=email).unresolved == ()
