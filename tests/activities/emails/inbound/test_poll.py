"""How mailboxes are read: from where, how far, and what happens when something breaks."""

import threading
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from activities.emails.channels import save_channel
from activities.emails.imap import open_mailbox
from activities.emails.inbound import poll as poll_module
from activities.emails.inbound.fetching import fetch
from activities.emails.inbound.poll import poll_mailbox, poll_mailboxes, pollable
from activities.emails.inbound.tasks import poll_mailbox as poll_task
from activities.emails.inbound.tasks import poll_mailboxes as poll_all_task
from activities.emails.models import DeliveryChannel, Email, InboundMessage, MailboxCursor
from activities.emails.sending import send_due
from activities.emails.signals import email_replied
from tests.activities.factories import NOW, make_channel, make_email

from .conftest import SELLER, written

LATER = NOW + timedelta(minutes=1)
State = DeliveryChannel.State


def answer(email, text="Yes.", **headers):
    return written(text, In_Reply_To=f"<{email.message_id}>", **headers)


def test_what_was_there_before_the_channel_is_not_read(mail, seller):
    mail.deliver(SELLER, written(Subject="Old"))
    channel = make_channel(seller, mail=mail, created_at=timezone.now() + timedelta(hours=1))

    assert poll_mailbox(channel=channel, now=NOW) == 0
    mail.deliver(SELLER, written(Subject="New"))
    assert poll_mailbox(channel=channel, now=LATER) == 1


def test_an_answer_before_the_first_poll_is_seen(mail, seller, ann):
    email = make_email(seller, ann, state=Email.State.SENT)
    make_channel(seller, mail=mail, created_at=timezone.now() - timedelta(seconds=30))
    mail.deliver(SELLER, answer(email))

    assert poll_mailboxes(now=NOW) == 1
    assert InboundMessage.objects.get().email == email


def test_a_first_poll_that_fails_forgets_nothing(mail, seller, ann):
    email = make_email(seller, ann, state=Email.State.SENT)
    make_channel(seller, mail=mail, imap_port=9, created_at=timezone.now())
    mail.deliver(SELLER, answer(email))
    poll_mailboxes(now=NOW)
    DeliveryChannel.objects.update(imap_port=mail.imap_port)

    assert poll_mailboxes(now=LATER) == 1


def test_a_poll_reads_so_many_and_the_next_the_rest(mail, email, channel, monkeypatch):
    monkeypatch.setattr(poll_module, "MESSAGES_AT_ONCE", 2)
    for _ in range(5):
        mail.deliver(SELLER, answer(email))

    assert [poll_mailbox(channel=channel, now=LATER) for _ in range(4)] == [2, 2, 1, 0]
    assert InboundMessage.objects.count() == 5


def test_a_poll_without_news_writes_only_when_it_was(mail, channel):
    before = MailboxCursor.objects.get()

    poll_mailboxes(now=LATER)

    cursor = MailboxCursor.objects.get()
    assert (cursor.last_uid, cursor.uid_validity) == (before.last_uid, before.uid_validity)
    assert cursor.polled_at == LATER


def test_renumbered_a_mailbox_is_read_again_without_duplicates(mail, email, channel):
    mail.deliver(SELLER, answer(email, "First"))
    poll_mailboxes(now=LATER)
    mail.renumber(SELLER)
    mail.deliver(SELLER, answer(email, "Second"))

    poll_mailboxes(now=LATER)

    email.refresh_from_db()
    assert email.replies == 2
    assert sorted(message.text for message in InboundMessage.objects.all()) == ["First", "Second"]


def test_renumbered_while_empty_a_mailbox_goes_on(mail, email, channel):
    MailboxCursor.objects.update(polled_at=NOW + timedelta(days=30))
    mail.deliver(SELLER, written(Subject="Old"))
    poll_mailboxes(now=LATER)
    mail.renumber(SELLER)
    MailboxCursor.objects.update(polled_at=NOW + timedelta(days=30))
    poll_mailboxes(now=LATER)

    mail.deliver(SELLER, answer(email))
    poll_mailboxes(now=LATER)

    email.refresh_from_db()
    assert email.replies == 1


def test_the_effects_and_the_cursor_are_saved_together(mail, email, channel):
    """Whatever breaks while a message is worked on, the next poll works on it again."""
    mail.deliver(SELLER, answer(email))

    def fail(**_):
        raise ZeroDivisionError

    email_replied.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            poll_mailboxes(now=LATER)
    finally:
        email_replied.disconnect(fail)
    email.refresh_from_db()
    assert email.replies == 0
    assert not InboundMessage.objects.exists()

    assert poll_mailboxes(now=LATER) == 1

    email.refresh_from_db()
    assert email.replies == 1


def test_a_connection_that_breaks_halfway_loses_nothing(mail, email, channel):
    for _ in range(3):
        mail.deliver(SELLER, answer(email))
    # Greeting, CAPABILITY, LOGIN, SELECT, STATUS, SEARCH and the first FETCH go through.
    mail.add_fault("disconnect", "imap", skip=7)

    assert poll_mailboxes(now=LATER) == 0
    cursor = MailboxCursor.objects.get()
    assert cursor.failed_at == LATER
    assert cursor.error.startswith("The mailbox can't be read")
    assert InboundMessage.objects.count() == 1
    channel.refresh_from_db()
    assert channel.state == State.OK

    assert poll_mailboxes(now=LATER) == 2
    email.refresh_from_db()
    assert email.replies == 3
    cursor.refresh_from_db()
    assert (cursor.error, cursor.failed_at) == ("", None)


def test_a_server_that_is_away_is_asked_again_at_the_next_poll(mail, channel, email):
    DeliveryChannel.objects.update(imap_port=9)
    assert poll_mailboxes(now=LATER) == 0
    assert "cannot be reached" in MailboxCursor.objects.get().error
    DeliveryChannel.objects.update(imap_port=mail.imap_port)
    mail.deliver(SELLER, answer(email))

    assert poll_mailboxes(now=LATER) == 1


def test_a_server_too_busy_to_hand_out_a_message_is_asked_again(mail, email, channel):
    mail.deliver(SELLER, answer(email))
    # Greeting, CAPABILITY, LOGIN, SELECT, STATUS and SEARCH go through.
    mail.add_fault("refuse", "imap", skip=6, text="[UNAVAILABLE] Try again later")

    assert poll_mailboxes(now=LATER) == 0
    assert "[UNAVAILABLE]" in MailboxCursor.objects.get().error

    assert poll_mailboxes(now=LATER) == 1
    email.refresh_from_db()
    assert email.replies == 1


def test_another_mailbox_is_read_from_its_own_beginning(mail, email, channel, seller):
    MailboxCursor.objects.update(last_uid=50_000)
    DeliveryChannel.objects.update(created_at=NOW - timedelta(days=7))

    save_channel(
        user=seller,
        imap_user="other@example.com",
        imap_password=channel.imap_password,
        now=LATER,
    )
    mail.deliver("other@example.com", answer(email))

    assert poll_mailboxes(now=LATER) == 1


def test_a_wrong_password_is_not_tried_all_the_time(mail, channel):
    DeliveryChannel.objects.update(imap_password="wrong")

    poll_mailboxes(now=LATER)

    error = MailboxCursor.objects.get().error
    assert error.startswith("The mailbox refused the user or the password")
    assert not poll_module.pollable(now=LATER + timedelta(minutes=59))
    assert poll_module.pollable(now=LATER + timedelta(minutes=61))


def test_a_mailbox_that_refuses_holds_up_no_sending(mail, channel, seller, ann):
    DeliveryChannel.objects.update(imap_password="wrong")
    poll_mailboxes(now=LATER)
    email = make_email(seller, ann, state=Email.State.SCHEDULED)

    send_due(now=LATER)

    email.refresh_from_db()
    assert (email.state, email.reason) == (Email.State.SENT, "")


def test_with_the_right_password_it_works_again(mail, channel, email):
    password = channel.imap_password
    channel.imap_password = "wrong"
    channel.save()
    poll_mailboxes(now=LATER)
    channel.imap_password = password
    channel.save()
    mail.deliver(SELLER, answer(email))

    assert poll_mailboxes(now=LATER + timedelta(hours=2)) == 1

    cursor = MailboxCursor.objects.get()
    assert (cursor.error, cursor.failed_at, cursor.retry_at) == ("", None, None)


def test_new_settings_are_tried_at_the_next_poll(mail, channel, seller, email):
    password = channel.imap_password
    save_channel(user=seller, imap_password="wrong", now=LATER)
    poll_mailboxes(now=LATER)
    mail.deliver(SELLER, answer(email))

    save_channel(user=seller, imap_password=password, now=LATER)

    assert poll_mailboxes(now=LATER + timedelta(minutes=1)) == 1


def test_what_ails_the_way_out_is_not_healed_by_the_mailbox(mail, channel):
    DeliveryChannel.objects.update(state=State.NEEDS_ATTENTION, state_reason="SMTP says no")

    poll_mailboxes(now=LATER)

    channel.refresh_from_db()
    assert channel.state == State.NEEDS_ATTENTION


def test_a_missing_folder_is_told_in_words(mail, channel):
    DeliveryChannel.objects.update(imap_folder="Nowhere")

    poll_mailboxes(now=LATER)

    assert "There is no folder Nowhere" in MailboxCursor.objects.get().error


def test_channels_without_a_mailbox_and_of_those_who_left_are_not_polled(
    mail, channel, other_seller, seller
):
    make_channel(other_seller)
    seller.is_active = False
    seller.save()

    assert not poll_module.pollable(now=LATER)


def test_a_huge_answer_is_read_for_its_text(mail, email, channel):
    """The attachment is not even fetched."""
    message = message_from_bytes(answer(email, "See attached."), policy=policy.SMTP)
    message.add_attachment(bytes(20 * 1024 * 1024), maintype="application", subtype="x-film")
    mail.deliver(SELLER, message.as_bytes())
    mail.deliver(SELLER, answer(email, "And more."))

    assert poll_mailboxes(now=LATER) == 2

    texts = [message.text for message in InboundMessage.objects.order_by("pk")]
    assert texts == ["See attached.", "And more."]


BROKEN = [
    b"",
    b"\x00\xff\xfe no header at all",
    b"In-Reply-To: %s\r\nSubject: =?utf-8?b?!!!?= =?x-none?q?=FF?=\r\nFrom: \xff\xfe <>\r\n\r\nx",
    b"In-Reply-To: %s\r\nContent-Type: text/plain; charset=no-such-charset\r\n\r\n\xff\xfe",
    b"In-Reply-To: %s\r\nContent-Type: text/plain; charset=idna\r\n\r\n\xff\xfe",
    b"In-Reply-To: %s\r\nContent-Type: text/plain; charset=undefined\r\n\r\nx",
    b'In-Reply-To: %s\r\nContent-Type: text/plain; charset="ut\x00f-8"\r\n\r\nx',
    b"In-Reply-To: %s\r\nContent-Type: multipart/mixed; boundary=\r\n\r\nx",
    b"In-Reply-To: %s\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
    b"In-Reply-To: %s\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%%",
    b"In-Reply-To: %s\r\nContent-Type: text/html\r\n\r\n<![foo bar[ <p>a<!DOCTYPE <![CDATA[ </",
    b"In-Reply-To: %s\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\nx",
    b"In-Reply-To: %s\r\nMessage-ID: <" + b"x" * 900 + b"@example.com>\r\n\r\nx",
    b"In-Reply-To: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\x00b\xed\xa0\x80c",
]


def test_broken_messages_stop_nothing(mail, email, channel):
    for raw in BROKEN:
        mail.deliver(SELLER, raw.replace(b"%s", f"<{email.message_id}>".encode()))
    mail.deliver(SELLER, answer(email, "Whole"))

    assert poll_mailboxes(now=LATER) == len(BROKEN) + 1

    texts = InboundMessage.objects.order_by("pk").values_list("text", flat=True)
    assert texts.last() == "Whole"
    assert MailboxCursor.objects.get().error == ""


def test_what_cannot_be_read_at_all_is_skipped_with_a_note(mail, email, channel, caplog):
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(2_000)
    )
    mail.deliver(SELLER, b"In-Reply-To: <%s>\r\n" % email.message_id.encode() + nested)
    mail.deliver(SELLER, answer(email, "Whole"))

    assert poll_mailboxes(now=LATER) == 2

    assert [message.text for message in InboundMessage.objects.all()] == ["Whole"]
    assert "which can't be read" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_read_the_same_mailbox(mail, email, channel):
    """The other one finds the door closed, even in the middle of a message."""
    mail.deliver(SELLER, answer(email))
    other = []

    def look(**_):
        def poll_elsewhere():
            try:
                other.append(poll_mailbox(channel=channel, now=LATER))
            finally:
                connection.close()

        thread = threading.Thread(target=poll_elsewhere)
        thread.start()
        thread.join(timeout=20)

    email_replied.connect(look)
    try:
        assert poll_mailboxes(now=LATER) == 1
    finally:
        email_replied.disconnect(look)

    assert other == [0]
    email.refresh_from_db()
    assert email.replies == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_ends_with_the_poll(mail, email, channel):
    assert poll_mailbox(channel=channel, now=LATER) == 0
    mail.deliver(SELLER, answer(email))
    with transaction.atomic():
        assert poll_mailbox(channel=channel, now=LATER) == 1


def test_a_message_that_is_gone_meanwhile_is_nothing(mail, channel):
    mailbox = open_mailbox(channel, may_be_private=True)

    assert fetch(mailbox, 999, now=NOW) is None
    mailbox.logout()


def test_each_mailbox_is_a_task_of_its_own(mail, channel, other_seller):
    make_channel(other_seller, mail=mail)
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    broker.delete("mailboxes")

    poll_all_task()

    assert broker.llen("mailboxes") == 2
    broker.delete("mailboxes")


def test_whichever_mailbox_was_asked_longest_ago_comes_first(mail, seller, other_seller):
    polled, failed, new = (make_channel(user, mail=mail) for user in (seller, other_seller, None))
    MailboxCursor.objects.create(channel=polled, polled_at=NOW)
    long_ago = {"polled_at": NOW - timedelta(days=1), "error": "Away"}
    MailboxCursor.objects.create(channel=failed, failed_at=NOW + timedelta(minutes=1), **long_ago)

    assert list(pollable(now=LATER)) == [new, polled, failed]


def test_the_task_polls_one_mailbox_and_forgives_one_that_is_gone(mail, email, channel):
    mail.deliver(SELLER, answer(email))

    poll_task(channel_id=channel.pk)
    poll_task(channel_id=999_999)

    assert InboundMessage.objects.count() == 1
