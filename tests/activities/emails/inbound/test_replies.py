"""Answers of prospects, over real SMTP and IMAP."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import BouncedAddress, Email, InboundMessage
from activities.emails.tracking.verp import return_path
from activities.models import Activity
from people.models import PersonEngagement
from tests.activities.factories import NOW, make_channel, make_email, make_identity

from .conftest import SELLER, as_sent, written

Kind = InboundMessage.Kind
LATER = NOW + timedelta(minutes=1)


def poll():
    return poll_mailboxes(now=LATER)


def kinds():
    return list(InboundMessage.objects.order_by("pk").values_list("kind", flat=True))


def test_an_answer_is_counted_recorded_and_told(mail, arrived, email, replied):
    mail.answer(arrived, text="Yes, please call me.")

    assert poll() == 1

    email.refresh_from_db()
    message = InboundMessage.objects.get()
    assert (message.kind, message.email) == (Kind.REPLY, email)
    assert message.from_address == "ann@prospect.example.com"
    assert message.subject == "Re: Your pumps"
    assert (email.replies, email.last_engaged_at) == (1, message.received_at)
    activity = Activity.objects.get()
    assert activity.kind == Activity.Kind.EMAIL_REPLIED
    assert (activity.person, activity.actor) == (email.person, email.sender)
    assert activity.details == {"received_by": "sam@example.com"}
    assert activity.idempotency_key == f"inbound:{message.pk}"
    assert PersonEngagement.objects.get(person=email.person).replies == 1
    assert replied == [(email, message)]


@pytest.mark.parametrize("headers", [{}, {"Auto_Submitted": "auto-replied"}])
def test_an_answer_proves_that_an_uncertain_email_went_out(mail, channel, seller, ann, headers):
    email = make_email(seller, ann, state=Email.State.UNCERTAIN, reason="No answer in time.")

    mail.deliver(SELLER, written(In_Reply_To=f"<{email.message_id}>", **headers))
    poll()

    email.refresh_from_db()
    assert (email.state, email.reason) == (Email.State.SENT, "")
    assert email.sent_at == email.transmitting_at
    assert Activity.objects.filter(kind=Activity.Kind.EMAIL_SENT).count() == 1


def test_what_an_answer_quotes_is_cut(mail, arrived):
    mail.answer(arrived, text="Yes, please call me.\n\nAnn")

    poll()

    text = InboundMessage.objects.get().text
    assert text == "Yes, please call me.\n\nAnn"


def test_an_answer_stays_unread(mail, arrived):
    mail.answer(arrived, text="Yes.")

    poll()

    assert mail.message(SELLER).flags == ()


def test_read_once_an_answer_is_not_read_again(mail, arrived, email):
    mail.answer(arrived, text="Yes.")

    assert poll() == 1
    assert poll() == 0

    email.refresh_from_db()
    assert email.replies == 1


def test_each_answer_counts(mail, arrived, email):
    mail.answer(arrived, text="Yes.")
    mail.answer(arrived, text="And bring a colleague.")

    poll()

    email.refresh_from_db()
    assert email.replies == 2
    assert Activity.objects.count() == 2


def test_an_answer_from_another_address_counts(mail, arrived, email):
    mail.answer(arrived, text="I am at home.", from_address="ann@home.example.net")

    poll()

    email.refresh_from_db()
    assert email.replies == 1
    assert InboundMessage.objects.get().from_address == "ann@home.example.net"


def test_an_out_of_office_answer_is_kept_and_told_but_is_no_reply(mail, arrived, email, replied):
    mail.answer(arrived, out_of_office=True)

    poll()

    email.refresh_from_db()
    assert kinds() == [Kind.OUT_OF_OFFICE]
    assert email.replies == 0
    assert not Activity.objects.exists()
    assert [message.kind for _email, message in replied] == [Kind.OUT_OF_OFFICE]


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "x"},
        {"Precedence": "auto_reply"},
    ],
)
def test_whatever_says_it_is_automatic_is_no_reply(mail, email, header):
    mail.deliver(SELLER, written(In_Reply_To=f"<{email.message_id}>", **header))

    poll()

    assert kinds() == [Kind.OUT_OF_OFFICE]


def test_what_says_it_is_not_automatic_is_a_reply(mail, email):
    mail.deliver(SELLER, written(In_Reply_To=f"<{email.message_id}>", Auto_Submitted="no"))

    poll()

    assert kinds() == [Kind.REPLY]


def test_other_mail_is_none_of_our_business(mail, email):
    mail.deliver(SELLER, written(In_Reply_To="<something.else@example.com>"))
    mail.deliver(SELLER, written(Subject="Lunch?"))

    assert poll() == 2
    assert not InboundMessage.objects.exists()


def test_the_nearest_of_a_thread_is_answered(mail, email, seller, ann):
    """References name the whole thread; some programs leave out In-Reply-To."""
    follow_up = make_email(seller, ann, state=Email.State.SENT, follow_up_to=email)
    references = f"<x@example.com> <{email.message_id}> <{follow_up.message_id}>"

    mail.deliver(SELLER, written(References=references))
    poll()

    assert InboundMessage.objects.get().email == follow_up


def test_ids_are_found_whatever_their_case(mail, email):
    mail.deliver(SELLER, written(In_Reply_To=f"<{email.message_id.upper()}>"))

    poll()

    assert kinds() == [Kind.REPLY]


def test_without_ids_the_return_path_tells(mail, email):
    """Phones that write a new message to where the old one came from."""
    address = return_path(email=email, mailbox=SELLER)

    mail.deliver(SELLER, written(to=address))
    poll()

    assert InboundMessage.objects.get().email == email


def test_without_ids_the_id_in_the_subject_tells(mail, email):
    mail.deliver(SELLER, written(Subject=f"Re: Your pumps {email.subject_id}"))

    poll()

    assert InboundMessage.objects.get().email == email


def test_a_subject_tells_nothing_of_the_emails_of_others(mail, channel, other_seller, ann):
    """Anybody could write a number into a subject."""
    foreign = make_email(other_seller, ann, state=Email.State.SENT)
    make_channel(other_seller)

    mail.deliver(SELLER, written(Subject=f"Re: {foreign.subject_id}"))
    poll()

    assert not InboundMessage.objects.exists()


def test_a_forged_return_path_tells_nothing(mail, email):
    address = return_path(email=email, mailbox=SELLER)
    forged = address.replace("-", "-f", 2)

    mail.deliver(SELLER, written(to=forged))
    poll()

    assert not InboundMessage.objects.exists()


def test_a_copy_of_what_went_out_is_no_reply(mail, email):
    mail.deliver(SELLER, as_sent(email).as_bytes())

    assert poll() == 1
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("address", ["sam@example.com", "olga@example.com", "Sam@Shop.example.com"])
def test_what_users_write_in_the_thread_is_no_reply(mail, email, seller, other_seller, address):
    make_identity(seller, address="sam@shop.example.com")
    mail.deliver(SELLER, written(From=address, In_Reply_To=f"<{email.message_id}>"))

    assert poll() == 1
    assert not InboundMessage.objects.exists()


def test_an_answer_to_all_that_reaches_two_sellers_counts_once(mail, arrived, email, other_seller):
    make_channel(other_seller, mail=mail)
    poll()
    raw = written(In_Reply_To=f"<{email.message_id}>")
    mail.deliver(SELLER, raw)
    mail.deliver("olga@example.com", raw)

    assert poll() == 2

    email.refresh_from_db()
    assert email.replies == 1


def test_an_answer_without_an_id_of_its_own_counts_once(mail, email):
    raw = written(In_Reply_To=f"<{email.message_id}>", Message_ID=None)
    mail.deliver(SELLER, raw)
    poll()
    mail.renumber(SELLER)

    poll()

    email.refresh_from_db()
    assert email.replies == 1


def test_html_is_kept_as_text_alone(mail, email):
    message = EmailMessage()
    message["From"], message["To"] = "ann@prospect.example.com", SELLER
    message["In-Reply-To"] = f"<{email.message_id}>"
    message.set_content(
        "<html><head><style>p{}</style><script>alert(1)</script></head><body>"
        "<!--[if mso]>x<![endif]--><![foo bar]><p onclick='x()'>Call <b>me</b></p>"
        "<img src=x onerror=alert(1)><iframe src='javascript:alert(1)'></iframe>"
        "&lt;script&gt;alert(2)&lt;/script&gt;<svg/onload=alert(3)></body></html>",
        subtype="html",
    )
    mail.deliver(SELLER, message.as_bytes())

    poll()

    text = InboundMessage.objects.get().text
    assert "Call me" in text
    assert "alert(1)" not in text
    # Written as text, it is text.
    assert "<script>alert(2)</script>" in text


def test_an_address_that_writes_is_alive_again(mail, arrived, ann):
    BouncedAddress.objects.create(address=ann.email, message="550", bounced_at=NOW)
    mail.answer(arrived, text="Here I am.")

    poll()

    assert not BouncedAddress.objects.exists()


def test_answers_for_sellers_without_a_mailbox_come_to_the_teams(mail, other_seller, ann, db):
    make_channel(mail=mail)
    poll_mailboxes(now=NOW)
    email = make_email(other_seller, ann, state=Email.State.SENT)

    mail.deliver("team@example.com", written(to="team@example.com", Subject=email.subject_id))
    poll()

    assert InboundMessage.objects.get().email == email
