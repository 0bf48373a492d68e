"""What servers report back, over real SMTP and IMAP."""

from datetime import timedelta

import pytest

from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import BouncedAddress, Email, InboundMessage
from activities.emails.signals import email_bounced
from activities.emails.tracking.verp import return_path
from activities.models import Activity
from people.models import Unsubscribe
from tests.activities.factories import NOW, make_email

from .conftest import SELLER, as_sent

Kind = InboundMessage.Kind
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def bounced():
    """Collects what `email_bounced` tells."""
    told = []

    def listen(email, now, **_):
        told.append(email)

    email_bounced.connect(listen)
    yield told
    email_bounced.disconnect(listen)


def poll():
    return poll_mailboxes(now=LATER)


def report(email, *, recipient, action="failed", status="5.1.1", about="", code="550 No such user"):
    """A bounce as bytes, of whatever kind."""
    return (
        "From: Mail Delivery System <mailer-daemon@example.net>\r\nTo: sam@example.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn@example.net>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type="delivery-status";'
        ' boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n--B\r\n'
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {code}\r\n\r\n--B\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: <{about or email.message_id}>\r\nSubject: Your pumps\r\n\r\nHi\r\n--B--\r\n"
    ).encode()


def test_a_permanent_bounce_settles_the_email(mail, arrived, email, bounced):
    mail.bounce(arrived)

    poll()

    email.refresh_from_db()
    message = InboundMessage.objects.get()
    assert message.kind == Kind.BOUNCE
    assert email.state == Email.State.BOUNCED
    assert email.reason == "550 5.1.1 No such user here"
    assert BouncedAddress.objects.get().address == "ann@prospect.example.com"
    activity = Activity.objects.get()
    assert activity.kind == Activity.Kind.EMAIL_BOUNCED
    assert (activity.person, activity.actor) == (email.person, email.sender)
    assert activity.details == {
        "details": email.reason,
        "email": "ann@prospect.example.com",
        "sent_by": "sam@example.com",
        "template_id": None,
    }
    assert bounced == [email]


def test_a_delay_is_noted_and_changes_nothing(mail, arrived, email, bounced):
    mail.bounce(arrived, permanent=False)

    poll()

    email.refresh_from_db()
    message = InboundMessage.objects.get()
    assert message.kind == Kind.TEMPORARY_BOUNCE
    assert "The mailbox is full" in message.text
    assert email.state == Email.State.SENT
    assert not BouncedAddress.objects.exists()
    assert not Activity.objects.exists()
    assert not bounced


def test_a_server_that_gives_up_bounces_the_email_but_not_the_address(mail, email):
    mail.deliver(
        SELLER, report(email, recipient=email.to_address, status="4.4.7", code="451 Timed out")
    )

    poll()

    email.refresh_from_db()
    assert email.state == Email.State.BOUNCED
    assert not BouncedAddress.objects.exists()


def test_a_bounce_of_a_copy_leaves_the_email_as_it_is(mail, channel, seller, ann):
    email = make_email(seller, ann, state=Email.State.SENT, cc=["Boss@prospect.example.com"])

    mail.deliver(SELLER, report(email, recipient="boss@prospect.example.com"))
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.SENT
    assert BouncedAddress.objects.get().address == "boss@prospect.example.com"
    assert not Activity.objects.exists()
    assert InboundMessage.objects.get().kind == Kind.BOUNCE


def test_an_alias_bounces_by_the_address_behind_it(mail, email):
    mail.deliver(SELLER, report(email, recipient="ann.e@internal.prospect.example.com"))

    poll()

    assert BouncedAddress.objects.get().address == "ann@prospect.example.com"


def test_the_return_path_tells_when_the_report_says_nothing(mail, email):
    raw = report(email, recipient=email.to_address, about="unknown@example.com")
    address = return_path(email=email, mailbox=SELLER)

    mail.deliver(SELLER, raw.replace(b"To: sam@example.com", f"To: {address}".encode()))
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.BOUNCED


def test_a_bounce_counts_once(mail, arrived, email, bounced):
    mail.bounce(arrived)
    poll()
    mail.renumber(SELLER)

    poll()

    assert len(bounced) == 1
    assert Activity.objects.count() == 1


def test_a_bounce_of_an_earlier_attempt_leaves_a_retry_alone(mail, email):
    Email.objects.update(state=Email.State.SCHEDULED, next_attempt_at=NOW)

    mail.deliver(SELLER, report(email, recipient=email.to_address))
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.SCHEDULED
    assert not Activity.objects.exists()


def test_an_uncertain_email_that_bounces_did_go_out(mail, channel, seller, ann):
    email = make_email(seller, ann, state=Email.State.UNCERTAIN)

    mail.deliver(SELLER, report(email, recipient=email.to_address))
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.BOUNCED
    kinds = Activity.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == [Activity.Kind.EMAIL_BOUNCED, Activity.Kind.EMAIL_SENT]


@pytest.mark.parametrize("action", ["delivered", "relayed"])
def test_a_report_of_success_is_neither_bounce_nor_answer(mail, email, action):
    raw = report(email, recipient=email.to_address, action=action, status="2.0.0")
    raw = raw.replace(b"Subject:", f"In-Reply-To: <{email.message_id}>\r\nSubject:".encode(), 1)

    mail.deliver(SELLER, raw)
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.SENT
    assert not InboundMessage.objects.exists()


def test_a_receipt_of_reading_is_no_answer(mail, email):
    raw = report(email, recipient=email.to_address).replace(
        b"delivery-status", b"disposition-notification"
    )
    raw = raw.replace(b"Subject:", f"In-Reply-To: <{email.message_id}>\r\nSubject:".encode(), 1)

    mail.deliver(SELLER, raw)
    poll()

    assert not InboundMessage.objects.exists()


def test_who_complains_about_spam_is_unsubscribed(mail, arrived, email, ann):
    mail.complain(arrived)

    poll()

    email.refresh_from_db()
    assert email.state == Email.State.SPAM
    assert InboundMessage.objects.get().kind == Kind.SPAM_COMPLAINT
    unsubscribe = Unsubscribe.objects.get()
    assert (unsubscribe.person, unsubscribe.source) == (ann, Unsubscribe.Source.COMPLAINT)
    assert not Activity.objects.exists()


def test_an_old_style_bounce_is_understood(mail, email):
    """qmail writes no report, only words."""
    raw = (
        "From: MAILER-DAEMON@example.net\r\nTo: sam@example.com\r\nSubject: failure notice\r\n"
        f"In-Reply-To: <{email.message_id}>\r\n\r\n"
        "Hi. This is the qmail-send program at example.net.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        f"<{email.to_address}>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n"
    )

    mail.deliver(SELLER, raw.encode())
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.BOUNCED
    assert "no mailbox here by that name" in email.reason


def test_a_real_send_bounces_by_its_return_path(mail, channel, seller, ann):
    """The envelope sender carries the tag; the mailbox behind it is the seller's."""
    email = make_email(seller, ann, state=Email.State.SENT, message_id="lost@example.com")
    sender = return_path(email=email, mailbox=SELLER)
    mail.deliver(email.to_address, as_sent(email).as_bytes(), sender=sender)

    mail.bounce(mail.message(email.to_address))
    poll()

    email.refresh_from_db()
    assert email.state == Email.State.BOUNCED
