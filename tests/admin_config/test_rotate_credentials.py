import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt as mfa_decrypt
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.utils import timezone

from syncing.models import MarketoConnection
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.webhooks.models import Endpoint

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def credentials(settings, admin):
    settings.CREDENTIALS_KEYS = [OLD]
    MarketoConnection.objects.create(
        id=1,
        base_url="https://123-abc-456.mktorest.com",
        client_id="client",
        client_secret="marketo-secret",
        connected_at=timezone.now(),
    )
    SalesforceOrg.objects.create(id=1, client_id="key", client_secret="salesforce-secret")
    SalesforceConnection.objects.create(
        access_token="access",
        refresh_token="refresh",
        connected_at=timezone.now(),
        renewed_at=timezone.now(),
    )
    Endpoint.objects.create(
        url="https://example.com/", secret="webhook-secret", created_at=timezone.now()
    )
    TOTP.activate(admin, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(admin)


def test_after_the_rotation_the_old_key_is_no_longer_needed(credentials, admin, settings):
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    call_command("rotate_credentials")
    settings.CREDENTIALS_KEYS = [NEW]
    assert MarketoConnection.objects.get().client_secret == "marketo-secret"
    assert SalesforceOrg.objects.get().client_secret == "salesforce-secret"
    salesforce = SalesforceConnection.objects.get()
    assert (salesforce.access_token, salesforce.refresh_token) == ("access", "refresh")
    totp = Authenticator.objects.get(type="totp")
    assert mfa_decrypt(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    recovery = Authenticator.objects.get(type="recovery_codes")
    assert recovery.wrap().get_unused_codes() == codes


def test_without_the_old_key_nothing_is_touched(credentials, settings):
    settings.CREDENTIALS_KEYS = [NEW]
    with pytest.raises(ImproperlyConfigured):
        call_command("rotate_credentials")
    settings.CREDENTIALS_KEYS = [OLD]
    assert MarketoConnection.objects.get().client_secret == "marketo-secret"
