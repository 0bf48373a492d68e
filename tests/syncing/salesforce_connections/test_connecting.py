import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from syncing.errors import Misconfigured
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.connecting import disconnect, disconnect_everybody
from syncing.salesforce_connections.credentials import save_app
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.selectors import main_connection
from tests.syncing.salesforce_connections.conftest import connect_main, connect_user, stored

pytestmark = pytest.mark.django_db


def works(connection):
    with calling(connection, now=timezone.now()) as client:
        return client.limits().most > 0


def test_a_seller_connects_as_themselves(org, salesforce, seller):
    connection = connect_user(salesforce, seller)

    assert connection.user == seller
    assert connection.salesforce_user_name.startswith("Sam")
    seller.refresh_from_db()
    assert seller.salesforce_user_id == salesforce.users()["sam@example.com"]["Id"]
    assert works(connection)


def test_the_org_is_known_by_the_first_connection(org, salesforce, seller):
    connect_user(salesforce, seller)

    org.refresh_from_db()
    assert org.org_id.startswith("00D")
    assert org.name


def test_another_org_is_refused_and_its_leave_given_back(org, salesforce, seller):
    connect_main(salesforce)
    salesforce.change_settings(other_org=True)

    with pytest.raises(Misconfigured, match="another Salesforce org"):
        connect_user(salesforce, seller)

    assert not SalesforceConnection.objects.filter(user=seller).exists()
    assert salesforce.read("health")["approvals"] == 0


def test_another_person_is_refused(org, salesforce, seller):
    with pytest.raises(Misconfigured, match="which is not you"):
        connect_user(salesforce, seller, sign_in_as="admin@example.com")
    assert not SalesforceConnection.objects.exists()


def test_who_has_another_address_in_salesforce_connects_once_an_admin_says_so(
    org, salesforce, seller
):
    olga = next(email for email in salesforce.users() if email != seller.email)
    seller.salesforce_user_id = salesforce.users()[olga]["Id"][:15]
    seller.save()

    assert works(connect_user(salesforce, seller, sign_in_as=olga))


def test_a_salesforce_user_is_one_seller(org, salesforce, seller, other_seller):
    connect_user(salesforce, seller)
    other_seller.salesforce_user_id = salesforce.users()["sam@example.com"]["Id"]
    other_seller.save()

    with pytest.raises(Misconfigured, match="already connected"):
        connect_user(salesforce, other_seller, sign_in_as="sam@example.com")


def test_the_main_connection_may_be_a_person_or_the_app_itself(org, salesforce):
    person = connect_user(salesforce, None, sign_in_as="admin@example.com")
    assert person.is_main
    assert works(person)

    app = connect_main(salesforce)
    assert app.kind == SalesforceConnection.Kind.CLIENT_CREDENTIALS
    assert SalesforceConnection.objects.get() == app
    assert works(app)


def test_secrets_are_encrypted_at_rest(main):
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token FROM salesforce_connections_salesforceconnection")
        (token,) = cursor.fetchone()
        cursor.execute("SELECT client_secret FROM salesforce_connections_salesforceorg")
        (secret,) = cursor.fetchone()

    assert main.access_token not in token
    assert "SANDBOX" not in secret


def test_disconnecting_ends_the_leave_in_salesforce(org, salesforce, seller):
    disconnect(connection=connect_user(salesforce, seller))

    assert not SalesforceConnection.objects.exists()
    assert salesforce.read("health")["approvals"] == 0


def test_disconnecting_works_while_salesforce_is_away(org, salesforce, seller):
    connection = connect_user(salesforce, seller)
    salesforce.add_fault("http", path="*revoke", status=503)

    disconnect(connection=connection)

    assert not SalesforceConnection.objects.exists()


def test_after_everybody_is_disconnected_another_org_may_be_connected(main, salesforce, seller):
    connect_user(salesforce, seller)
    salesforce.change_settings(other_org=True)

    assert disconnect_everybody() == 2

    connect_main(salesforce)
    assert main_connection()


def test_another_app_asks_everybody_to_connect_again(org, salesforce, seller):
    connection = connect_user(salesforce, seller)

    save_app(login_url=org.login_url, client_id=org.client_id)
    assert stored(connection).state == SalesforceConnection.State.CONNECTED

    save_app(login_url=org.login_url, client_id="another")
    assert stored(connection).state == SalesforceConnection.State.NEEDS_RECONNECT
    assert SalesforceOrg.objects.get().client_secret == salesforce.client_secret


def test_the_command_connects_and_matches_users(salesforce, seller, capsys):
    connect(salesforce)

    assert "1 users matched" in capsys.readouterr().out
    assert main_connection().salesforce_user_name == "Integration User"
    seller.refresh_from_db()
    assert seller.salesforce_user_id


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "wrong"},
        {"client_id": "other"},
        {"login_url": "http://acme.my.salesforce.com"},
    ],
)
def test_the_command_stores_nothing_that_does_not_work(salesforce, db, change):
    with pytest.raises(CommandError):
        connect(salesforce, **change)

    assert not SalesforceOrg.objects.exists()
    assert not SalesforceConnection.objects.exists()


def connect(salesforce, **change):
    call_command(
        "connect_salesforce",
        **{
            "login_url": salesforce.base_url,
            "client_id": salesforce.client_id,
            "client_secret": salesforce.client_secret,
            **change,
        },
    )
