"""The message as it arrives: headers, parts, attachments, and nothing smuggled in."""

from datetime import timedelta
from email import message_from_string
from email.policy import SMTPUTF8

import pytest

from activities.emails.addresses import for_envelope
from activities.emails.channels import channel_for
from activities.emails.failures import Code
from activities.emails.files import store_file
from activities.emails.message import build_message
from activities.emails.models import Email, StoredFile
from activities.emails.rendering import render
from activities.emails.sending import send_due
from activities.emails.services import draft_email, schedule
from activities.emails.tracking.verp import email_of
from tests.activities.emails.killing_server import killing_server
from tests.activities.factories import NOW, make_channel, make_email
from tests.factories import make_person

pytestmark = pytest.mark.django_db
State = Email.State


@pytest.fixture
def sent(seller, identity, channel, mail):
    """Send an email, and return it with what arrived at the address."""

    def sent(*, person=None, **fields):
        person = person or make_person(first_name="Ann", last_name="Bell", email="ann@example.com")
        defaults = {"subject": "Your pumps", "body_html": "<p>Shall we talk?</p>"}
        email = draft_email(sender=seller, person=person, now=NOW, **(defaults | fields))
        schedule(email=email, now=NOW)
        send_due(now=NOW)
        email.refresh_from_db()
        assert email.state == State.SENT, email.reason
        return email, mail.message(for_envelope(email.to_address))

    return sent


def content(message, kind):
    return message.mime.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_the_headers_are_those_of_a_good_email(sent):
    email, message = sent(cc=["bob@example.com"])

    headers = message.mime
    assert headers["From"] == "Sam Seller <sam@example.com>"
    assert headers["To"] == "Ann Bell <ann@example.com>"
    assert headers["Cc"] == "bob@example.com"
    assert headers["Subject"] == "Your pumps"
    assert headers["Message-ID"] == f"<{email.uuid}@example.com>"
    assert NOW <= headers["Date"].datetime < NOW + timedelta(minutes=2)
    assert headers["MIME-Version"] == "1.0"
    assert headers["In-Reply-To"] is None
    assert message.sender == "sam@example.com"


def test_who_is_in_bcc_gets_it_and_is_named_to_nobody(sent, mail):
    sent(cc=["bob@example.com"], bcc=["eve@example.com"])

    for address in ("ann@example.com", "bob@example.com", "eve@example.com"):
        (message,) = mail.messages(address)
        # The server itself notes on top whom it gave the message to.
        _noted, written = message.raw.split(b"From: ", 1)
        assert b"eve@example.com" not in written
        assert message.mime["Bcc"] is None


def test_both_parts_say_the_same(sent):
    _email, message = sent(
        body_html='<p>Hello {{first_name}}, <a href="https://pumps.example.com/">look</a></p>'
    )

    assert content(message, "plain").startswith(
        "Hello Ann, look <https://pumps.example.com/>\n\nIf you no longer wish"
    )
    html = content(message, "html")
    assert "Hello Ann, <a href=" in html
    assert html.startswith("<!DOCTYPE html>")


def test_links_and_opens_are_tracked(sent):
    email, message = sent(body_html='<p><a href="https://pumps.example.com/">look</a></p>')

    html = content(message, "html")
    assert 'href="https://pumps.example.com/' not in html
    assert 'src="http://testserver/t/o/' in html
    assert email.links.get().url == "https://pumps.example.com/"
    assert "/t/o/" not in email.sent_html


def test_one_click_ends_it(sent, client):
    email, message = sent()

    assert message.mime["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message.mime["List-Unsubscribe"].strip("<>")
    assert url.startswith("http://testserver/t/")
    response = client.post(url.removeprefix("http://testserver"), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert email.person.unsubscribes.exists()


def test_a_non_commercial_email_has_nothing_to_unsubscribe_from(sent):
    _email, message = sent(is_non_commercial=True)

    assert message.mime["List-Unsubscribe"] is None
    assert content(message, "plain") == "Shall we talk?\n"


@pytest.mark.parametrize(
    "subject",
    ["Grüße aus Köln", "こんにちは、ポンプ", "🎉 Pumps", "Long " * 60, "Tab\there", 'Quote "this"'],
)
def test_subjects_arrive_as_written(sent, subject):
    _email, message = sent(subject=subject)

    assert message.mime["Subject"] == " ".join(subject.split())
    assert message.raw.isascii()


def test_texts_in_every_script_arrive_as_written(sent):
    _email, message = sent(body_html="<p>Grüße, こんにちは, مرحبا, 🎉</p>")

    assert content(message, "plain").startswith("Grüße, こんにちは, مرحبا, 🎉\n")
    assert "Grüße, こんにちは, مرحبا, 🎉" in content(message, "html")
    assert message.raw.isascii()


def test_lines_that_begin_with_a_dot_arrive(sent):
    _email, message = sent(body_html="<p>one</p><p>.</p><p>..two</p>")

    assert content(message, "plain").startswith("one\n\n.\n\n..two\n")


def test_names_in_every_script_arrive(sent, identity):
    identity.name = "Zoë “Z” Müller, Sales"
    identity.save()
    person = make_person(first_name="田中", last_name="(太郎)", email="tanaka@example.com")

    email, message = sent(person=person)

    assert message.mime["From"].addresses[0].display_name == "Zoë “Z” Müller, Sales"
    assert message.mime["To"].addresses[0].display_name == "田中 (太郎)"
    assert email.from_header == '"Zoë “Z” Müller, Sales" <sam@example.com>'


@pytest.mark.parametrize(
    "name",
    ["Smith, Ann", "Ann <ann@evil.example>", ",>", 'Zoë "Z" \\', "田中 (太郎)"],
)
def test_a_name_beside_an_address_in_another_script_stays_a_name(seller, identity, name):
    person = make_person(first_name="", last_name=name, email="jürgen@example.com")
    email = make_email(seller, person, body_html="<p>Grüße</p>")

    raw = build_message(
        email=email,
        identity=identity,
        rendered=render(email=email),
        html="<p>Grüße</p>",
        base="https://go.example.com",
        now=NOW,
    )

    (to,) = message_from_string(raw.decode(), policy=SMTPUTF8)["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "jürgen@example.com")


def test_domains_in_every_script_are_written_in_ascii(sent, mail):
    person = make_person(email="ann@bücher.example")

    email, _message = sent(person=person, cc=["bob@例え.jp"])

    assert email.to_address == "ann@bücher.example"
    (copy,) = mail.messages("bob@xn--r8jz45g.jp")
    assert copy.mime["To"].addresses[0].addr_spec == "ann@xn--bcher-kva.example"


class TestAddressInAnotherScript:
    @pytest.fixture
    def email(self, seller, identity):
        person = make_person(email="jörg@example.com")
        email = draft_email(
            sender=seller, person=person, now=NOW, subject="Grüße", body_html="<p>Grüße</p>"
        )
        return schedule(email=email, now=NOW)

    def test_it_goes_to_a_server_that_takes_it(self, email, seller):
        with killing_server() as (server, port):
            make_channel(seller, smtp_port=port)
            send_due(now=NOW)

        (envelope,) = server.envelopes
        assert envelope.rcpt_tos == ["jörg@example.com"]
        assert "SMTPUTF8" in envelope.mail_options
        assert "<jörg@example.com>" in envelope.content.decode()

    def test_to_another_server_it_fails_in_words(self, email, channel):
        send_due(now=NOW)

        email.refresh_from_db()
        assert (email.state, email.reason_code) == (State.FAILED, Code.REFUSED)
        assert email.reason == "The mail server takes no addresses with international characters."


EVIL = "Ann\r\nBcc: eve@evil.example\r\n\r\n<b>Hello"


@pytest.mark.parametrize("where", ["subject", "first_name", "from", "file"])
def test_no_header_can_be_smuggled_in(sent, identity, seller, mail, where):
    person = make_person(email="ann@example.com", first_name=EVIL if where == "first_name" else "A")
    fields = {"subject": "Hi {{first_name}}", "person": person}
    if where == "subject":
        fields["subject"] = EVIL
    if where == "from":
        identity.name = EVIL
        identity.save()
    if where == "file":
        fields["files"] = [store_file(owner=seller, name=EVIL, content=b"x", now=NOW)]

    _email, message = sent(**fields)

    assert message.mime["Bcc"] is None
    assert mail.messages("eve@evil.example") == []


def test_files_are_attached_with_their_names(sent, seller):
    file = store_file(owner=seller, name="Angebot für Köln.pdf", content=b"%PDF-1.7\0\xff", now=NOW)
    plain = store_file(owner=seller, name="no_extension", content=b"text", now=NOW)

    _email, message = sent(files=[file, plain])

    first, second = message.mime.iter_attachments()
    assert first.get_filename() == "Angebot für Köln.pdf"
    assert first.get_content_type() == "application/pdf"
    assert first.get_content() == b"%PDF-1.7\0\xff"
    assert second.get_content_type() == "application/octet-stream"
    assert message.mime.get_body(("html",)) is not None


def test_20_mb_of_files_arrive_whole(sent, seller):
    big = b"\0\r\n.\r\nQUIT\r\n" * (StoredFile.MAX_BYTES // 13)
    file = store_file(owner=seller, name="big.bin", content=big, now=NOW)

    _email, message = sent(files=[file])

    (attachment,) = message.mime.iter_attachments()
    assert attachment.get_content() == big


def test_a_server_that_takes_less_is_not_sent_it(seller, identity, channel, mail):
    file = store_file(owner=seller, name="big.bin", content=b"x" * 20_000_000, now=NOW)
    other = store_file(owner=seller, name="two.bin", content=b"x", now=NOW)
    email = draft_email(
        sender=seller,
        person=make_person(),
        now=NOW,
        subject="x",
        body_html="<p>x</p>",
        files=[file, other],
    )
    StoredFile.objects.filter(pk=other.pk).update(content=b"y" * 20_000_000)
    schedule(email=email, now=NOW)

    send_due(now=NOW)

    email.refresh_from_db()
    assert (email.state, email.reason_code) == (State.FAILED, Code.REFUSED)
    assert email.reason.startswith("The mail server takes at most ")
    assert mail.count() == 0


def test_the_return_path_names_the_email_where_the_server_allows(sent, seller):
    channel = channel_for(seller)
    channel.has_verp = True
    channel.save()

    email, message = sent()

    assert email_of(message.sender) == email.pk
    assert message.sender.startswith("sam+")
    assert message.mime["From"] == "Sam Seller <sam@example.com>"


def test_hostile_html_arrives_harmless(sent):
    _email, message = sent(
        body_html="<p onclick=x()>Hi<script>alert(1)</script></p><iframe src=//evil></iframe>"
    )

    html = content(message, "html")
    assert "script" not in html
    assert "onclick" not in html
    assert "iframe" not in html


def test_no_line_is_longer_than_a_server_takes(sent):
    many = [f"{'a' * 60}{number}@{'b' * 60}.example.com" for number in range(25)]

    _email, message = sent(cc=many, subject="Long " * 99, body_html=f"<p>{'x' * 3_000}</p>")

    assert max(len(line) for line in message.raw.split(b"\r\n")) <= 998
    assert len(message.mime["Cc"].addresses) == 25
    assert "x" * 3_000 in content(message, "html")
