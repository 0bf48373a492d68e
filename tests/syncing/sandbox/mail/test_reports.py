import pytest
from flufl.bounce import all_failures

from syncing.sandbox.testing import SandboxError
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


def report(mail):
    return mail.message(SELLER)


def status_fields(found, content_type):
    """The fields of the machine's part, of all its paragraphs."""
    part = next(part for part in found.mime.walk() if part.get_content_type() == content_type)
    return {name: value for block in part.get_payload() for name, value in block.items()}


def test_a_hard_bounce_comes_to_the_envelope_sender_from_nobody(mail, received):
    mail.bounce(received)
    found = report(mail)
    assert (found.sender, found.recipient) == ("", "sam+b42@example.com")
    assert found.mime.get_content_type() == "multipart/report"
    fields = status_fields(found, "message/delivery-status")
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert fields["Final-Recipient"] == f"rfc822; {PROSPECT}"
    assert b"Message-ID: <first@example.com>" in found.raw


@pytest.mark.parametrize("permanent", [True, False])
def test_libraries_tell_hard_from_soft(mail, received, permanent):
    mail.bounce(received, permanent=permanent)
    temporary, failed = all_failures(report(mail).mime)
    assert failed == ({PROSPECT.encode()} if permanent else set())
    assert temporary == (set() if permanent else {PROSPECT.encode()})


@pytest.mark.parametrize(
    ("address", "status"),
    [("bounce@example.com", "5.1.1"), ("bounce-soft.7@example.com", "4.2.2")],
)
def test_addresses_that_begin_with_bounce_bounce_by_themselves(mail, address, status):
    mail.deliver(address, letter(), sender=SELLER)
    assert len(mail.messages(address)) == 1
    assert status_fields(report(mail), "message/delivery-status")["Status"] == status


def test_a_bounce_is_never_answered_with_another(mail):
    mail.deliver("bounce@example.com", letter(), sender="")
    assert mail.count() == 1
    with pytest.raises(SandboxError, match="no envelope sender"):
        mail.bounce(mail.message("bounce@example.com"))


def test_a_complaint_about_spam_comes_as_a_feedback_report(mail, received):
    mail.complain(received)
    found = report(mail)
    assert found.mime["Content-Type"].params["report-type"] == "feedback-report"
    fields = status_fields(found, "message/feedback-report")
    assert fields["Feedback-Type"] == "abuse"
    assert fields["Original-Rcpt-To"] == f"<{PROSPECT}>"
