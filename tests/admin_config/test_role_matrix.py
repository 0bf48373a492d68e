"""Who gets in where: a row for every URL of the project. A URL without a row fails."""

from enum import Enum

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from admin_config.models import ApiToken, Invitation, Team
from people.models import Group, SavedView
from syncing.models import MarketoConnection, SyncRun
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db


class Access(Enum):
    """What the three get: a stranger, a user, an admin. True is a way in."""

    ANYONE = (True, True, True)
    SIGNED_IN = (False, True, True)
    ADMINS = (False, False, True)
    # The REST API: a session opens nothing, only a token does.
    TOKEN = (False, False, False)


A, S, X, T = Access.ANYONE, Access.SIGNED_IN, Access.ADMINS, Access.TOKEN

EXPECTED = {
    "home": S,
    "health": A,
    "account_login": A,
    "account_logout": A,
    "salesforce_login": A,
    "salesforce_callback": A,
    "account_inactive": A,
    "account_reauthenticate": S,
    "account_change_password": S,
    "account_reset_password": A,
    "account_reset_password_done": A,
    "account_reset_password_from_key": A,
    "account_reset_password_from_key_done": A,
    "account_invitation": A,
    "mfa_index": S,
    "mfa_authenticate": A,
    "mfa_reauthenticate": S,
    "mfa_activate_totp": S,
    "mfa_deactivate_totp": S,
    "mfa_view_recovery_codes": S,
    "mfa_generate_recovery_codes": S,
    "mfa_download_recovery_codes": S,
    "people:list": S,
    "people:count": S,
    "people:news": S,
    "people:filters": S,
    "people:columns": S,
    "people:export": S,
    "people:person": S,
    "people:changes": S,
    "people:view-create": S,
    "people:view-rename": S,
    "people:view-delete": S,
    "people:group-create": S,
    "people:group-add": S,
    "people:group-remove": S,
    "people:group-change": S,
    "people:group-delete": S,
    "activities:timeline": S,
    "smart-grid:person": S,
    "smart-grid:account": S,
    "reminders:list": S,
    "reminders:add": S,
    "reminders:add-many": S,
    "reminders:about": S,
    "reminders:edit": S,
    "reminders:snooze": S,
    "reminders:complete": S,
    "reminders:skip": S,
    "reminders:delete": S,
    "reminders:reopen": S,
    "reminder-sync:history": S,
    "calls:list": S,
    "calls:report": A,
    "calls:call": S,
    "calls:log": S,
    "calls:start": S,
    "calls:in-progress": S,
    "calls:draft": S,
    "calls:end": S,
    "calls:discard": S,
    "campaigns-api:campaigns": T,
    "campaigns-api:campaign": T,
    "campaigns-api:members": T,
    "campaigns-api:members-remove": T,
    "campaigns:list": S,
    "campaigns:create": S,
    "campaigns:about": S,
    "campaigns:choose": S,
    "campaigns:template-steps": S,
    "campaigns:leave": S,
    "campaigns:members-change": S,
    "campaigns:step": S,
    "campaigns:step-move": S,
    "campaigns:step-remove": S,
    "campaigns:campaign": S,
    "campaigns:progress": S,
    "campaigns:change": S,
    "campaigns:clone": S,
    "campaigns:archive": S,
    "campaigns:step-create": S,
    "campaigns:members": S,
    "campaigns:add": S,
    "campaigns:launch": S,
    "templates:list": S,
    "templates:create": S,
    "templates:categories": S,
    "templates:category-rename": X,
    "templates:category-pin": S,
    "templates:category-delete": X,
    "templates:template": S,
    "templates:clone": S,
    "templates:archive": S,
    "templates:unarchive": S,
    "templates:favorite": S,
    "templates:delete": S,
    "emails:list": S,
    "emails:about": S,
    "emails:filters": S,
    "emails:bulk": S,
    "emails:undelete": S,
    "emails:compose": S,
    "emails:save": S,
    "emails:send": S,
    "emails:discard": S,
    "emails:preview": S,
    "emails:use-template": S,
    "emails:template-choices": S,
    "emails:files": S,
    "emails:batch-new": S,
    "emails:batch": S,
    "emails:batch-save": S,
    "emails:batch-overwrite": S,
    "emails:batch-share": S,
    "emails:batch-leave-out": S,
    "emails:batch-template": S,
    "emails:batch-check": S,
    "emails:batch-send": S,
    "emails:batch-progress": S,
    "emails:batch-recall": S,
    "emails:batch-discard": S,
    "emails:email": S,
    "emails:content": S,
    "emails:edit": S,
    "emails:unschedule": S,
    "emails:reschedule": S,
    "emails:settle": S,
    "emails:delete": S,
    "emails:no-success": S,
    "emails:act": S,
    "people:unsubscribe": S,
    "people:unsubscribe-selected": S,
    "people:resubscribe": X,
    "syncing:marketo-webhook": A,
    "tracking:pixel": A,
    "tracking:click": A,
    "tracking:file": A,
    "tracking:file-content": A,
    "tracking:unsubscribe": A,
    "tracking:one-click": A,
    "activities-api:activities": T,
    "activities-api:unsubscribes": T,
    "calls-api:calls": T,
    "reminders-api:reminders": T,
    "reminders-api:reminder": T,
    "emails-api:emails": T,
    "emails-api:email": T,
    "api:people": T,
    "api:person": T,
    "api:schema": S,
    "api:docs": S,
    "settings:home": S,
    "settings:profile": S,
    "settings:token-create": S,
    "settings:token-revoke": S,
    "settings:sync-status": S,
    "settings:my-email": S,
    "settings:identity-add": S,
    "settings:identity": S,
    "settings:identity-mail": S,
    "settings:identity-default": S,
    "settings:identity-remove": S,
    "settings:identity-verify": S,
    "settings:my-channel": S,
    "settings:my-channel-test": S,
    "settings:my-channel-remove": S,
    "settings:own-message": S,
    "settings:my-salesforce": S,
    "settings:my-salesforce-connect": S,
    "settings:my-salesforce-test": S,
    "settings:my-salesforce-disconnect": S,
    "settings:salesforce-callback": S,
    "settings:my-salesforce-sync": S,
    "settings:salesforce-past": X,
    "settings:salesforce-sync": X,
    "settings:salesforce-subject": X,
    "settings:salesforce-setup": X,
    "settings:salesforce-reminders": X,
    "settings:salesforce-reminders-preview": X,
    "settings:salesforce-reminders-begin": X,
    "settings:salesforce-reminders-end": X,
    "settings:salesforce-reminders-existing": X,
    "settings:salesforce-deploy": X,
    "settings:salesforce": X,
    "settings:salesforce-app": X,
    "settings:salesforce-connect": X,
    "settings:salesforce-connect-app": X,
    "settings:salesforce-test": X,
    "settings:salesforce-options": X,
    "settings:salesforce-match": X,
    "settings:salesforce-remind": X,
    "settings:salesforce-disconnect": X,
    "settings:salesforce-leave": X,
    "settings:email": X,
    "settings:team-channel": X,
    "settings:team-channel-test": X,
    "settings:team-channel-remove": X,
    "settings:daily-cap": X,
    "settings:domain-block": X,
    "settings:domain-unblock": X,
    "settings:unsubscribes": X,
    "settings:unsubscribes-salesforce": X,
    "settings:unsubscribes-health": X,
    "settings:unsubscribes-retry": X,
    "settings:unsubscribes-run-start": X,
    "settings:unsubscribes-run": X,
    "settings:unsubscribes-run-csv": X,
    "settings:marketo-check": X,
    "settings:tracking": X,
    "settings:tracking-check": X,
    "settings:sign-in": X,
    "settings:users": X,
    "settings:user": X,
    "settings:user-password-link": X,
    "settings:user-deactivate": X,
    "settings:user-reactivate": X,
    "settings:invite": X,
    "settings:invitation-renew": X,
    "settings:invitation-revoke": X,
    "settings:teams": X,
    "settings:team": X,
    "settings:team-rename": X,
    "settings:team-members": X,
    "settings:team-delete": X,
    "settings:audit-log": X,
    "settings:diagnostics": X,
    "settings:diagnostics-failures": X,
    "settings:diagnostics-retry": X,
    "settings:diagnostics-ignore": X,
    "settings:diagnostics-export": X,
    "settings:webhooks": X,
    "settings:webhook": X,
    "settings:webhook-test": X,
    "settings:webhook-pause": X,
    "settings:webhook-resume": X,
    "settings:webhook-secret": X,
    "settings:webhook-delete": X,
    "settings:webhook-resend": X,
    "settings:calls": X,
    "settings:call-options": X,
    "settings:call-choice-add": X,
    "settings:call-choice": X,
    "settings:call-choice-move": X,
    "settings:call-choice-retire": X,
    "settings:marketo": X,
    "settings:marketo-connect": X,
    "settings:marketo-test": X,
    "settings:marketo-retry": X,
    "settings:marketo-secret": X,
    "settings:marketo-options": X,
    "settings:marketo-webhook": X,
    "settings:marketo-disconnect": X,
    "settings:marketo-preview": X,
    "settings:marketo-estimate": X,
    "settings:marketo-start": X,
    "settings:marketo-progress": X,
    "settings:marketo-pause": X,
    "settings:marketo-resume": X,
    "settings:marketo-sync-now": X,
    "settings:marketo-activities": X,
    "settings:marketo-activities-progress": X,
    "settings:marketo-activities-set-up": X,
    "settings:marketo-activities-on": X,
    "settings:marketo-activities-off": X,
    "settings:marketo-activities-past": X,
    "settings:marketo-activities-go-on": X,
    "settings:marketo-run": X,
    "settings:marketo-cancel": X,
    "settings:marketo-run-problems": X,
}

ID = 987654
SAMPLES = {"int": ID, "str": "x", "slug": "x", "uidb36": "1", "key": "x"}


def patterns(resolver=None, prefix=""):
    """Every URL pattern of the project by its full name."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{entry.namespace}:" if entry.namespace else ""
            yield from patterns(entry, prefix + namespace)
        else:
            yield f"{prefix}{entry.name}", entry


def sample_url(name, entry):
    kinds = {
        key: type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        for key, converter in entry.pattern.converters.items()
    }
    keys = kinds or dict.fromkeys(entry.pattern.regex.groupindex)
    return reverse(name, kwargs={key: SAMPLES[kinds.get(key) or key] for key in keys})


def gets_in(client, url):
    response = client.get(url)
    if response.status_code == 405:
        response = client.post(url)
    is_sent_to_sign_in = response.get("Location", "").startswith(
        f"{reverse('account_login')}?next="
    )
    return response.status_code not in {401, 403} and not is_sent_to_sign_in


PATTERNS = dict(patterns())


def test_every_url_has_a_row_and_every_row_a_url():
    assert set(EXPECTED) == set(PATTERNS)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_access(name, admin, seller):
    url = sample_url(name, PATTERNS[name])
    user_client, admin_client = Client(), Client()
    user_client.force_login(seller)
    admin_client.force_login(admin)

    found = tuple(gets_in(client, url) for client in (Client(), user_client, admin_client))

    assert found == EXPECTED[name].value


@pytest.fixture
def world(admin):
    """Something behind each address, for a request that gets through to change."""
    now = timezone.now()
    make_user(pk=ID, email="other@example.com")
    Team.objects.create(pk=ID, name="EMEA")
    Invitation.objects.create(
        pk=ID, email="nia@example.com", created_at=now, expires_at=now + Invitation.VALID_FOR
    )
    ApiToken.objects.create(pk=ID, user=admin, name="CRM", secret_hash="x", created_at=now)
    SavedView.objects.create(pk=ID, user=admin, name="Mine", query="mine=true")
    group = Group.objects.create(pk=ID, owner=admin, name="Mine")
    group.people.add(make_person())
    MarketoConnection.objects.create(
        pk=1,
        base_url="https://marketo.example.com",
        client_id="id",
        client_secret="secret",
        sync_state="INITIAL",
        connected_at=now,
    )
    SyncRun.objects.create(pk=ID, kind="INITIAL", state="RUNNING", started_at=now)


FIELDS = {"name": "Taken over", "emails": "foe@example.com", "role": "ADMIN", "daily_call_cap": 9}


def contents():
    return {
        model: list(model._default_manager.order_by("pk").values())  # noqa: SLF001
        for model in apps.get_models(include_auto_created=True)
    }


def post(client, name):
    """The answer to a POST, and whether it left any table other than it was."""
    before = contents()
    response = client.post(sample_url(name, PATTERNS[name]), FIELDS)
    return response, contents() != before


API = {name for name in EXPECTED if name.partition(":")[0].endswith("api")}


@pytest.mark.parametrize(
    "name", sorted(name for name in EXPECTED.keys() - API if EXPECTED[name] in (S, X))
)
def test_a_strangers_post_leads_to_the_sign_in_and_changes_nothing(name, world):
    response, has_changed = post(Client(), name)

    assert response.status_code == 302
    assert response.url.startswith(f"{reverse('account_login')}?next=")
    assert not has_changed


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if EXPECTED[name] is X))
def test_a_users_post_to_a_page_for_admins_is_refused_and_changes_nothing(
    name, world, seller_client
):
    response, has_changed = post(seller_client, name)

    takes_no_post = response.status_code == 405 and "POST" not in response["Allow"]
    assert response.status_code == 403 or takes_no_post
    assert not has_changed


@pytest.mark.parametrize("name", sorted(API))
def test_a_post_to_the_api_changes_nothing(name, world, seller_client):
    response, has_changed = post(seller_client, name)

    assert response.status_code in {401, 405}
    assert not has_changed


@pytest.mark.parametrize(
    "name",
    """
    people:view-rename people:view-delete people:group-change people:group-delete
    settings:token-revoke
    """.split(),
)
def test_what_belongs_to_somebody_else_is_not_there_to_be_changed(name, world, seller_client):
    response, has_changed = post(seller_client, name)

    assert response.status_code == 404
    assert not has_changed


@pytest.mark.parametrize(
    "name",
    """
    people:view-rename people:view-delete people:group-change people:group-delete
    settings:token-revoke settings:user-deactivate settings:user-password-link settings:invite
    settings:invitation-renew settings:invitation-revoke settings:team-rename settings:team-delete
    settings:marketo-pause settings:marketo-cancel settings:marketo-webhook
    settings:marketo-disconnect
    """.split(),
)
def test_the_same_post_of_whoever_may_changes_something(name, world, admin_client):
    response, has_changed = post(admin_client, name)

    assert response.status_code in {200, 302}
    assert has_changed
