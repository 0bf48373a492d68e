import imaplib
import socket

import pytest
from imap_tools import AND, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import MailboxLoginError

from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


@pytest.fixture
def three(mail):
    for number in (1, 2, 3):
        mail.deliver(SELLER, letter(f"Letter {number}", "Grüße"))


def subjects(box, criteria="ALL"):
    return [message.subject for message in box.fetch(criteria, mark_seen=False)]


def test_mail_is_read_with_its_uid_date_size_and_text(mail, three, box):
    first, *_ = box.fetch(mark_seen=False)
    assert (first.uid, first.subject, first.text) == ("1", "Letter 1", "Grüße\r\n")
    assert first.from_values.email == SELLER
    assert first.size_rfc822 == len(mail.messages(SELLER)[0].raw)


def test_the_mailbox_tells_how_it_numbers(three, box):
    status = box.folder.status("INBOX")
    assert (status["MESSAGES"], status["UIDNEXT"], status["UNSEEN"]) == (3, 4, 3)
    assert status["UIDVALIDITY"] > 1_700_000_000
    assert [folder.name for folder in box.folder.list()] == ["INBOX"]


def test_only_the_new_ones_are_asked_for_by_uid(three, box):
    assert subjects(box, AND(uid="2:*")) == ["Letter 2", "Letter 3"]
    # The last one is in every range up to the star, RFC 3501 section 6.4.8.
    assert subjects(box, AND(uid="9:*")) == ["Letter 3"]
    assert box.uids("UID 1,3") == ["1", "3"]


def test_reading_marks_as_seen_unless_it_only_peeks(mail, three, box):
    list(box.fetch(AND(uid="1"), mark_seen=False))
    list(box.fetch(AND(uid="2"), mark_seen=True))
    assert box.uids("UNSEEN") == ["1", "3"]
    assert mail.messages(SELLER)[1].flags == ("\\Seen",)


def test_messages_are_found_by_day_and_words(mail, box):
    mail.deliver(SELLER, letter("About Ducks"))
    mail.deliver(SELLER, letter("Other", "ducks inside", X_Mark="quack"))
    assert box.uids("SINCE 1-Jan-2026 BEFORE 1-Jan-2100") == ["1", "2"]
    assert box.uids("ON 1-Jan-2020") == []
    assert box.uids('SUBJECT "ducks"') == ["1"]
    assert box.uids('OR SUBJECT "ducks" TEXT "ducks inside"') == ["1", "2"]
    assert box.uids('NOT (SUBJECT "ducks")') == ["2"]
    assert box.uids('HEADER X-Mark "QUACK"') == ["2"]


def test_flags_are_set_and_taken_away(three, box):
    box.flag("2", MailMessageFlags.ANSWERED, value=True)
    assert box.uids("ANSWERED") == ["2"]
    box.flag("2", MailMessageFlags.ANSWERED, value=False)
    assert box.uids("UNANSWERED") == ["1", "2", "3"]


def test_deleted_ones_are_gone_and_their_uids_are_not_used_again(mail, three, box):
    box.delete("3")
    assert box.uids() == ["1", "2"]
    mail.deliver(SELLER, letter("Next"))
    assert box.uids() == ["1", "2", "4"]


def test_idle_tells_of_new_mail(mail, box):
    with box.idle as idle:
        mail.deliver(SELLER, letter())
        assert idle.poll(timeout=10) == [b"* 1 EXISTS"]


def test_a_waiting_client_hears_nothing_of_other_mailboxes(mail, box):
    with box.idle as idle:
        mail.deliver(PROSPECT, letter())
        assert idle.poll(timeout=0.3) == []


def test_new_numbers_come_with_another_uidvalidity_and_end_open_connections(mail, three, box):
    before = box.folder.status("INBOX")["UIDVALIDITY"]
    box.delete("1")
    mail.renumber(SELLER)
    assert [message.uid for message in mail.messages(SELLER)] == [1, 2]
    with pytest.raises(imaplib.IMAP4.abort):
        box.uids()
    with MailBoxUnencrypted(mail.host, mail.imap_port).login(SELLER, SANDBOX_MAIL_PASSWORD) as anew:
        assert anew.folder.status("INBOX")["UIDVALIDITY"] == before + 1
        assert subjects(anew) == ["Letter 2", "Letter 3"]


def test_a_wrong_password_is_refused(mail):
    opened = MailBoxUnencrypted(mail.host, mail.imap_port)
    with pytest.raises(MailboxLoginError):
        opened.login(SELLER, "wrong")
    opened.client.shutdown()


def test_imaplib_signs_in_by_authenticate_and_with_a_literal(mail, three):
    with imaplib.IMAP4(mail.host, mail.imap_port, timeout=10) as client:
        secret = f"\0{SELLER}\0{SANDBOX_MAIL_PASSWORD}".encode()
        client.authenticate("PLAIN", lambda _: secret)
        assert client.select("INBOX", readonly=True)[1] == [b"3"]
        client.literal = b"letter 2"
        assert client.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT") == ("OK", [b"2"])


def test_parts_of_a_message_are_fetched(three, imap):
    def fetched(item):
        return imap.fetch("1", f"({item})")[1][0][1]

    assert fetched("BODY.PEEK[TEXT]") == "Grüße\r\n".encode()
    assert fetched("BODY.PEEK[HEADER.FIELDS (SUBJECT)]") == b"Subject: Letter 1\r\n\r\n"
    assert b"Subject" not in fetched("BODY.PEEK[HEADER.FIELDS.NOT (subject)]")
    assert fetched("RFC822.HEADER").endswith(b"<first@example.com>\r\n\r\n")
    assert fetched("BODY.PEEK[]<0.11>") == b"Return-Path"
    assert imap.response("FETCH") is not None


def test_an_examined_mailbox_is_not_changed(three, imap):
    imap.select("INBOX", readonly=True)
    imap.fetch("1", "(RFC822)")
    assert imap.search(None, "UNSEEN")[1] == [b"1 2 3"]
    assert imap.store("1", "+FLAGS", "\\Seen")[0] == "NO"


def test_closing_a_mailbox_removes_what_is_marked_as_deleted(mail, three, imap):
    imap.store("1:2", "+FLAGS.SILENT", "\\Deleted")
    imap.close()
    assert [message.uid for message in mail.messages(SELLER)] == [3]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"a NOTHING", b"a BAD"),
        (b"a SELECT INBOX", b"a BAD"),
        (b"a LOGIN (x", b"a BAD"),
        (b"a LOGIN nobody wrong", b"a NO"),
        (b"nonsense", b"nonsense BAD"),
        (b"a LOGIN {99999999}", b"* BYE"),
        (b"a " + b"x" * 100_000, b"* BYE"),
    ],
)
def test_what_makes_no_sense_is_answered_and_not_obeyed(mail, line, answer):
    with socket.create_connection((mail.host, mail.imap_port), timeout=10) as connection:
        reader = connection.makefile("rb")
        assert reader.readline().startswith(b"* OK")
        connection.sendall(line + b"\r\n")
        assert reader.readline().startswith(answer)
