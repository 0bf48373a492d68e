"""Mail servers: what a test of one says, where one may lead us, and what keeps its secrets."""

import socket
from datetime import timedelta

import pytest
from django.db import connection

from activities.emails import channels, network
from activities.emails.failures import Code
from activities.emails.models import DeliveryChannel, Email
from activities.emails.network import ForbiddenHost, open_socket
from activities.emails.sending import send_due
from people.errors import Refused
from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from tests.activities.emails.certificates import make_certificate, server_context
from tests.activities.emails.killing_server import killing_server
from tests.activities.factories import NOW, make_channel, make_email
from tests.factories import make_admin, make_user

pytestmark = pytest.mark.django_db
State = DeliveryChannel.State
Security = DeliveryChannel.Security


@pytest.fixture
def unused_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def smtp_report(channel):
    return channels.test_smtp(channel, now=NOW)


class TestSmtpTest:
    def test_one_that_works_says_so(self, channel):
        channel.state, channel.state_reason = State.NEEDS_ATTENTION, "535"
        channel.save()

        assert smtp_report(channel) == (True, "Signed in. Emails can be sent.")

        channel.refresh_from_db()
        assert (channel.state, channel.state_reason, channel.tested_at) == (State.OK, "", NOW)

    def test_one_that_is_not_saved_yet_can_be_tested(self, mail, seller):
        channel = DeliveryChannel(
            user=seller,
            smtp_host="127.0.0.1",
            smtp_port=mail.smtp_port,
            smtp_security=Security.NONE,
            smtp_user="sam@example.com",
            smtp_password=SANDBOX_MAIL_PASSWORD,
        )

        assert smtp_report(channel).is_ok
        assert not DeliveryChannel.objects.exists()

    def test_a_wrong_password_is_told_from_the_rest(self, channel):
        channel.smtp_user, channel.smtp_password = "sam@example.com", "hunter2"

        report = smtp_report(channel)

        assert not report.is_ok
        assert report.message.startswith("The mail server refused the user or the password: 535")
        assert "hunter2" not in report.message

    def test_a_port_where_nobody_listens(self, channel, unused_port):
        channel.smtp_port = unused_port

        message = smtp_report(channel).message

        assert message == "Nothing listens on this port of the mail server."

    def test_a_name_that_does_not_exist(self, channel):
        channel.smtp_host = "mail.invalid"

        assert smtp_report(channel).message == "There is no server named mail.invalid."

    def test_tls_where_none_is_spoken(self, channel):
        channel.smtp_security = Security.TLS

        message = smtp_report(channel).message

        assert message.startswith("The mail server doesn't speak TLS on this port:")

    def test_starttls_where_there_is_none(self, channel):
        channel.smtp_security = Security.STARTTLS

        message = smtp_report(channel).message

        assert message.startswith("The mail server lacks what these settings need: STARTTLS")


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path):
        return make_certificate(tmp_path)

    @pytest.fixture(params=[Security.TLS, Security.STARTTLS])
    def secure(self, request, certificate, seller):
        """A channel to a server that speaks TLS, as localhost."""
        context = server_context(certificate)
        options = (
            {"ssl_context": context}
            if request.param == Security.TLS
            else {"tls_context": context, "require_starttls": True}
        )
        with killing_server(**options) as (_server, port):
            yield make_channel(
                seller, smtp_host="localhost", smtp_port=port, smtp_security=request.param
            )

    def test_a_certificate_that_is_trusted_and_of_this_host_is_taken(
        self, secure, certificate, monkeypatch
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        assert smtp_report(secure).is_ok

    def test_one_that_nobody_vouches_for_is_not(self, secure):
        message = smtp_report(secure).message

        assert message == "The mail server's certificate is not valid: self-signed certificate"

    def test_one_of_another_host_is_not(self, secure, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        secure.smtp_host = "127.0.0.1"

        message = smtp_report(secure).message

        assert message.startswith("The mail server's certificate is not valid: IP address mismatch")

    def test_a_server_that_wants_tls_first_stops_the_channel(
        self, certificate, seller, identity, transactional_db
    ):
        with killing_server(tls_context=server_context(certificate), require_starttls=True) as (
            _server,
            port,
        ):
            channel = make_channel(seller, smtp_port=port)
            email = make_email(seller, state=Email.State.SCHEDULED)
            send_due(now=NOW)

        email.refresh_from_db()
        channel.refresh_from_db()
        assert channel.state == State.NEEDS_ATTENTION
        assert (email.state, email.reason_code) == (Email.State.SCHEDULED, Code.CHANNEL_BROKEN)
        assert "STARTTLS" in email.reason


class TestImapTest:
    def test_one_that_works_says_so(self, channel):
        assert channels.test_imap(channel) == (True, "Signed in. The folder can be read.")

    def test_without_a_server_it_says_what_is_missed(self, channel):
        channel.imap_host = ""

        message = channels.test_imap(channel).message

        assert message == "Without an IMAP server, replies and bounces are not seen."

    def test_a_wrong_password(self, channel):
        channel.imap_password = "hunter2"

        message = channels.test_imap(channel).message

        assert message.startswith("The mailbox refused the user or the password")
        assert "hunter2" not in message

    def test_a_folder_that_does_not_exist(self, channel):
        channel.imap_folder = "Replies"

        message = channels.test_imap(channel).message

        assert message.startswith("There is no folder Replies in the mailbox")

    def test_a_port_where_nobody_listens(self, channel, unused_port):
        channel.imap_port = unused_port

        message = channels.test_imap(channel).message

        assert message.startswith("The mailbox server cannot be reached:")


INSIDE = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0.0.0.0",
    "::1",
    "::ffff:127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "fe80::1",
    "fd00::1",
    "224.0.0.1",
]


class TestInside:
    @pytest.mark.parametrize("host", INSIDE)
    def test_nobody_is_led_into_our_network(self, host):
        with pytest.raises(ForbiddenHost, match="inside our own network"):
            open_socket(host, 25, timeout=0.1, may_be_private=False)

    def test_without_encryption_only_this_machine_is_spoken_to(self):
        with pytest.raises(ForbiddenHost, match="choose TLS or STARTTLS"):
            open_socket("10.0.0.1", 25, timeout=0.1, may_be_private=True, loopback_only=True)

    def test_a_sellers_server_is_kept_out_and_an_admins_is_not(self, mail, seller, settings):
        settings.MAIL_PRIVATE_HOSTS_ALLOWED = False
        admin = make_admin()
        own, admins, teams = (make_channel(user, mail=mail) for user in (seller, admin, None))

        assert smtp_report(own) == (False, "127.0.0.1 is inside our own network. Ask an admin.")
        assert channels.test_imap(own).message.endswith(
            "127.0.0.1 is inside our own network. Ask an admin."
        )
        for channel in (admins, teams):
            assert smtp_report(channel).is_ok
            assert channels.test_imap(channel).is_ok

    def test_what_is_sent_by_it_waits_for_an_admin(self, mail, seller, identity, settings):
        settings.MAIL_PRIVATE_HOSTS_ALLOWED = False
        make_channel(seller, mail=mail)
        email = make_email(seller, state=Email.State.SCHEDULED)

        send_due(now=NOW)

        email.refresh_from_db()
        assert (email.state, email.reason_code) == (Email.State.SCHEDULED, Code.CHANNEL_BROKEN)
        assert mail.count() == 0

    def test_the_name_is_looked_up_once(self, mail, monkeypatch):
        """What answers differently the second time leads nowhere else."""
        asked = []
        look_up = socket.getaddrinfo

        def answer(host, *args, **kwargs):
            asked.append(host)
            return look_up("127.0.0.1", *args, **kwargs)

        monkeypatch.setattr(network.socket, "getaddrinfo", answer)
        channel = make_channel(mail=mail, smtp_host="rebound.example")

        assert smtp_report(channel).is_ok
        assert asked.count("rebound.example") == 1


SAFE = {"smtp_host": "smtp.example.com", "smtp_user": "sam", "smtp_password": "hunter2"}


class TestSaving:
    def test_there_is_one_for_each_user_and_one_for_the_team(self, seller):
        other = make_user()
        channels.save_channel(user=None, now=NOW, **SAFE)
        own = channels.save_channel(user=seller, now=NOW, **SAFE)
        channels.save_channel(user=seller, now=NOW, smtp_port=587)

        assert DeliveryChannel.objects.count() == 2
        assert channels.channel_for(seller) == own
        assert channels.channel_for(other).user is None

    def test_secrets_are_ciphertext_at_rest(self, seller):
        channels.save_channel(user=seller, now=NOW, **SAFE, imap_password="imap-hunter2")

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM emails_deliverychannel")
            stored = str(cursor.fetchall())
        assert "hunter2" not in stored

    def test_a_password_that_is_not_given_stays(self, seller):
        channels.save_channel(user=seller, now=NOW, **SAFE)

        channel = channels.save_channel(user=seller, now=NOW, throttle_emails=5)

        assert channel.smtp_password == "hunter2"

    @pytest.mark.parametrize(
        "change", [{"smtp_host": "evil.example"}, {"smtp_user": "eve"}, {"smtp_port": 26}]
    )
    def test_a_password_is_not_sent_to_another_server_or_as_somebody_else(self, seller, change):
        channels.save_channel(user=seller, now=NOW, **SAFE)

        channel = channels.save_channel(user=seller, now=NOW, **change)

        assert channel.smtp_password == ""

    def test_what_is_not_valid_is_refused_in_words(self, seller):
        with pytest.raises(Refused, match="65535"):
            channels.save_channel(user=seller, now=NOW, **SAFE, imap_port=70_000)

        assert not DeliveryChannel.objects.exists()

    def test_what_waited_for_a_mended_channel_goes_out(self, seller, identity, mail):
        make_channel(seller, mail=mail, smtp_user="sam@example.com", smtp_password="wrong")
        email = make_email(seller, state=Email.State.SCHEDULED)
        unrelated = make_email(
            seller, state=Email.State.SCHEDULED, next_attempt_at=NOW + timedelta(days=1)
        )
        send_due(now=NOW)

        channels.save_channel(user=seller, now=NOW, smtp_password=SANDBOX_MAIL_PASSWORD)
        send_due(now=NOW)

        email.refresh_from_db()
        unrelated.refresh_from_db()
        assert email.state == Email.State.SENT
        assert unrelated.state == Email.State.SCHEDULED

    def test_without_the_own_one_the_teams_sends_again(self, seller, channel):
        team = make_channel()
        assert channels.channel_for(seller) == channel

        channels.remove_channel(channel=channel)

        assert channels.channel_for(seller) == team
