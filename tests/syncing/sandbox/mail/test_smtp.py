import smtplib
import subprocess
import sys

import pytest

from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from syncing.sandbox.testing import ROOT, Mail, running_mailbox
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter

MEGABYTE = 1024 * 1024


def test_a_message_arrives_as_it_was_sent_below_the_lines_of_the_last_server(mail, smtp):
    smtp.sendmail(SELLER, [PROSPECT], letter(text=".leading dot\r\n..two"))
    found = mail.message(PROSPECT)
    assert found.raw.startswith(b"Return-Path: <sam@example.com>\r\nDelivered-To: pia@example.com")
    assert found.raw.endswith(letter(text=".leading dot\r\n..two"))
    assert (found.sender, found.recipient) == (SELLER, PROSPECT)


def test_every_recipient_of_the_envelope_has_it_once(mail, smtp):
    smtp.sendmail(SELLER, [PROSPECT, "boss@example.com", PROSPECT], letter())
    assert [len(mail.messages(address)) for address in (PROSPECT, "boss@example.com")] == [1, 1]


def test_many_messages_go_over_one_connection(mail, smtp):
    for number in range(20):
        smtp.sendmail(SELLER, [f"p{number}@example.com"], letter())
    assert mail.count() == 20


def test_subaddresses_and_capitals_lead_to_the_same_mailbox(mail):
    mail.deliver("Sam+b42@Example.com", letter())
    (found,) = mail.messages(SELLER)
    assert found.recipient == "Sam+b42@Example.com"


def test_25_megabytes_of_files_are_taken_and_much_more_is_not(mail, smtp):
    line = b"x" * 76 + b"\r\n"
    smtp.sendmail(SELLER, [PROSPECT], letter() + line * (35 * MEGABYTE // len(line)))
    assert len(mail.message(PROSPECT).raw) > 34 * MEGABYTE
    with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
        smtp.sendmail(SELLER, [PROSPECT], letter() + line * (41 * MEGABYTE // len(line)))
    assert refusal.value.smtp_code == 552


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_everybody_signs_in_with_the_one_password(smtp, mechanism):
    smtp.ehlo()
    assert mechanism in smtp.esmtp_features["auth"]
    smtp.user, smtp.password = SELLER, SANDBOX_MAIL_PASSWORD
    authenticate = getattr(smtp, f"auth_{mechanism.lower()}")
    assert smtp.auth(mechanism, authenticate)[0] == 235


def test_another_password_is_refused(smtp):
    with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
        smtp.login(SELLER, "wrong")
    assert refusal.value.smtp_code == 535


def test_an_address_without_a_domain_is_refused(smtp):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail(SELLER, ["pia"], letter())


def test_accepted_mail_survives_a_killed_server(tmp_path):
    ports = [f"--{name}=0" for name in ("port", "smtp-port", "imap-port", "people")]
    command = [sys.executable, "-m", "syncing.sandbox", f"--data={tmp_path}", *ports]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().removeprefix("Sandbox ready at ").strip()
        mail = Mail(url)
        mail.deliver(PROSPECT, letter())
        before = mail.message(PROSPECT)
        process.kill()
    with running_mailbox(data=tmp_path) as mail:
        assert mail.message(PROSPECT) == before
        mail.deliver(PROSPECT, letter("Next"))
        assert mail.message(PROSPECT).uid == before.uid + 1
