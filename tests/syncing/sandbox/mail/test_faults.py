import imaplib
import smtplib
import time

import pytest

from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from syncing.sandbox.testing import SandboxError
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


def send(smtp, to=PROSPECT):
    smtp.sendmail(SELLER, [to], letter())


@pytest.mark.parametrize("at", ["mail", "rcpt", "data"])
def test_a_refusal_comes_with_its_code_and_text_and_stores_nothing(mail, smtp, at):
    mail.add_fault("refuse", at, code=550, text="5.7.1 Not here")
    with pytest.raises(smtplib.SMTPException) as refusal:
        send(smtp)
    assert "5.7.1 Not here" in str(refusal.value)
    assert "550" in str(refusal.value)
    assert mail.count() == 0


def test_a_refusal_strikes_an_address_so_often_and_no_more(mail, smtp):
    mail.add_fault("refuse", "rcpt", address="*@blocked.example", skip=1, times=2)
    send(smtp, "a@blocked.example")
    for _ in range(2):
        send(smtp)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(smtp, "a@blocked.example")
    send(smtp, "a@blocked.example")
    assert mail.count() == 4


def test_a_refusal_may_last_until_it_is_cleared(mail, smtp):
    mail.add_fault("refuse", "rcpt", times=0)
    for _ in range(3):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(smtp)
    mail.clear_faults()
    send(smtp)
    assert mail.count() == 1


@pytest.mark.parametrize(("stored", "count"), [(True, 1), (False, 0)])
def test_a_broken_connection_leaves_open_whether_the_message_is_stored(mail, smtp, stored, count):
    mail.add_fault("disconnect", "data", stored=stored)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp)
    assert mail.count() == count


def test_a_slow_server_answers_in_the_end(mail, smtp):
    mail.add_fault("hang", "data", seconds=0.4)
    started = time.monotonic()
    send(smtp)
    assert time.monotonic() - started >= 0.4
    assert mail.count() == 1


def test_the_right_password_is_refused_on_demand(mail, smtp):
    mail.add_fault("bad_password", "sign_in", address=SELLER, times=0)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(SELLER, SANDBOX_MAIL_PASSWORD)
    with (
        imaplib.IMAP4(mail.host, mail.imap_port, timeout=10) as client,
        pytest.raises(imaplib.IMAP4.error),
    ):
        client.login(SELLER, SANDBOX_MAIL_PASSWORD)


def test_imap_can_be_down(mail):
    mail.add_fault("disconnect", "imap", times=0)
    with pytest.raises((imaplib.IMAP4.abort, ConnectionError)):
        imaplib.IMAP4(mail.host, mail.imap_port, timeout=10)


def test_an_order_that_makes_no_sense_is_refused_in_words(mail):
    with pytest.raises(SandboxError, match="no 'nonsense'"):
        mail.add_fault("refuse", "rcpt", nonsense=1)
    with pytest.raises(SandboxError, match="does not happen"):
        mail.add_fault("refuse", "sign_in")
    with pytest.raises(SandboxError, match="400 to 599"):
        mail.add_fault("refuse", "rcpt", code=250)
