import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from syncing.sandbox.testing import SandboxError
from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


class Website(BaseHTTPRequestHandler):
    """Notes who asks for what; below /go it leads on, first to itself and then elsewhere."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        self.server.visits.append((self.command, self.path, self.headers["User-Agent"], body))
        targets = {"/go": "/on", "/on": "https://elsewhere.example/page"}
        self.send_response(302 if self.path in targets else 200)
        if self.path in targets:
            self.send_header("Location", targets[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - a name that http.server calls

    def log_message(self, *args):
        pass


@pytest.fixture
def website():
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as server:
        server.visits = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def newsletter(mail, website):
    """A message with two links, a pixel and the header for one click."""
    html = (
        f'<p>Look <a href="{website.url}/go">here</a> or <a href="{website.url}/plain">there</a>,'
        f' <a href="mailto:a@b.example">write</a>.</p><img src="{website.url}/pixel.gif">'
    )
    raw = letter(
        text=html,
        MIME_Version="1.0",
        Content_Type="text/html; charset=utf-8",
        List_Unsubscribe=f"<mailto:off@example.com>, <{website.url}/off>",
        List_Unsubscribe_Post="List-Unsubscribe=One-Click",
    )
    mail.deliver(PROSPECT, raw, sender=SELLER)
    return mail.message(PROSPECT)


def asked(website):
    return [(method, path) for method, path, *_ in website.visits]


def test_opening_loads_the_pictures_as_a_browser_does(mail, newsletter, website):
    mail.open(newsletter)
    ((method, path, agent, _),) = website.visits
    assert (method, path) == ("GET", "/pixel.gif")
    assert "Chrome" in agent


def test_a_click_follows_to_where_the_link_leads_and_stays_off_the_web(mail, newsletter, website):
    assert mail.links(newsletter) == [f"{website.url}/go", f"{website.url}/plain"]
    led = mail.click(newsletter, f"{website.url}/go")
    assert led == [f"{website.url}/go", f"{website.url}/on", "https://elsewhere.example/page"]
    assert asked(website) == [("GET", "/go"), ("GET", "/on")]


def test_only_links_of_the_message_are_clicked(mail, newsletter, website):
    with pytest.raises(SandboxError, match="no such link"):
        mail.click(newsletter, f"{website.url}/other")
    assert asked(website) == []


def test_a_scanner_asks_for_everything_and_says_who_it_is(mail, newsletter, website):
    mail.scan(newsletter)
    assert {path for _, path in asked(website)} == {"/pixel.gif", "/go", "/on", "/plain"}
    assert all("Barracuda" in agent for _, _, agent, _ in website.visits)


def test_one_click_posts_what_the_standard_says(mail, newsletter, website):
    assert mail.unsubscribe(newsletter) == 200
    ((method, path, _, body),) = website.visits
    assert (method, path, body) == ("POST", "/off", "List-Unsubscribe=One-Click")


def test_a_message_without_the_offer_has_no_one_click(mail, received):
    with pytest.raises(SandboxError, match="no one-click"):
        mail.unsubscribe(received)


def test_links_of_a_text_are_found_too(mail):
    mail.deliver(PROSPECT, letter(text="See http://a.example/x, or (https://b.example/y)."))
    links = mail.links(mail.message(PROSPECT))
    assert links == ["http://a.example/x", "https://b.example/y"]


def test_addresses_that_nobody_can_ask_for_are_clicked_in_vain(mail, website):
    odd = ["http://127.0.0.1:1/", "http://[", "http://a b/", "https://127.0.0.1:99999/"]
    html = "".join(f'<a href="{url}">x</a>' for url in odd)
    mail.deliver(PROSPECT, letter(text=html, Content_Type="text/html"))
    assert [visit["status"] for visit in mail.scan(mail.message(PROSPECT))] == [0, 0, 0, 0]


def test_an_answer_stays_in_the_thread_and_quotes_the_original(mail, received):
    mail.answer(received, text="Gladly.")
    answer = mail.message(SELLER)
    assert answer.sender == PROSPECT
    assert answer.mime["Subject"] == "Re: Hello"
    assert answer.mime["In-Reply-To"] == "<first@example.com>"
    assert answer.mime["References"] == "<first@example.com>"
    assert answer.mime.get_content().splitlines() == [
        "Gladly.",
        "",
        "On Mon, 05 Jan 2026 09:00:00 +0000, Sam Seller <sam@example.com> wrote:",
        ">",
        "> How are you?",
    ]


def test_an_answer_to_an_answer_carries_the_whole_thread(mail, received):
    mail.answer(received, text="Gladly.")
    mail.answer(mail.message(SELLER), text="When?")
    again = mail.message(PROSPECT)
    first, second = again.mime["References"].split()
    assert first == "<first@example.com>"
    assert second == again.mime["In-Reply-To"] == mail.message(SELLER).mime["Message-ID"]
    assert again.mime["Subject"] == "Re: Hello"


def test_somebody_may_answer_from_another_address(mail, received):
    mail.answer(received, text="I am her boss.", from_address="Boss <boss@example.com>")
    answer = mail.message(SELLER)
    assert answer.mime["From"] == "Boss <boss@example.com>"
    assert answer.sender == "boss@example.com"


def test_an_answer_goes_where_the_message_wants_it(mail):
    mail.deliver(PROSPECT, letter(Reply_To="team@example.com"), sender=SELLER)
    mail.answer(mail.message(PROSPECT), text="Hi")
    assert mail.messages(SELLER) == []
    assert mail.message("team@example.com").mime["To"] == "team@example.com"


def test_out_of_office_says_that_nobody_wrote_it(mail, received):
    mail.answer(received, out_of_office=True)
    answer = mail.message(SELLER)
    assert answer.sender == ""
    assert answer.mime["Auto-Submitted"] == "auto-replied"
    assert answer.mime["In-Reply-To"] == "<first@example.com>"
    assert "out of the office" in answer.mime.get_content()


def test_what_was_done_with_a_message_is_noted_on_it(mail, newsletter):
    mail.open(newsletter)
    mail.answer(newsletter, text="Hi")
    mail.bounce(newsletter)
    assert mail.deeds(newsletter) == [
        "opened, pictures loaded: 1",
        f"answered from {PROSPECT}",
        "bounced",
    ]


def test_broken_mime_is_read_and_answered_as_well_as_can_be(mail):
    raw = (
        b"Subject: =?x-none?q?=FF?=\r\nContent-Type: text/plain; charset=x-none\r\n\r\n\xff\xfe\r\n"
    )
    mail.deliver(PROSPECT, b"From: sam@example.com\r\n" + raw, sender=SELLER)
    mail.answer(mail.message(PROSPECT), text="What?")
    assert "What?" in mail.message(SELLER).mime.get_content()
