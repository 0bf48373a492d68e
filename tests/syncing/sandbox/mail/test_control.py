import requests

from tests.syncing.sandbox.mail.conftest import PROSPECT, SELLER, letter


def get(mail, what):
    return requests.get(f"{mail.base_url}/mail/control/{what}", timeout=10)


def test_the_page_and_its_parts_are_served_under_a_strict_policy(mail):
    for path in ("/mail", "/mail/control/page.css", "/mail/control/page.js"):
        page = requests.get(f"{mail.base_url}{path}", timeout=10)
        assert page.ok
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_newest_messages_are_listed_first_and_found_by_address(mail):
    for address in ("ann@one.example", "bob@two.example", "Ann.Other@two.example"):
        mail.deliver(address, letter(f"For {address}"), sender=SELLER)
    listed = get(mail, "messages").json()
    assert [row["mailbox"] for row in listed] == [
        "ann.other@two.example",
        "bob@two.example",
        "ann@one.example",
    ]
    assert listed[0]["subject"] == "For Ann.Other@two.example"
    assert [row["mailbox"] for row in get(mail, "messages?q=ANN").json()] == [
        "ann.other@two.example",
        "ann@one.example",
    ]


def test_percent_and_underscore_are_searched_as_they_are(mail, received):
    assert get(mail, "messages?q=%25").json() == []
    assert get(mail, "messages?q=p_a").json() == []


def test_html_is_shown_without_scripts_and_without_the_web(mail):
    raw = letter(text="<b>Hi</b><script>x()</script>", Content_Type="text/html")
    mail.deliver(PROSPECT, raw, sender=SELLER)
    shown = get(mail, f"html?id={mail.message(PROSPECT).id}")
    assert "<b>Hi</b>" in shown.text
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy


def test_forms_of_other_sites_cannot_use_the_controls(mail, received):
    url = f"{mail.base_url}/mail/control/clear"
    assert requests.post(url, data={"x": 1}, timeout=10).status_code == 415
    assert mail.count() == 1


def test_what_does_not_exist_is_refused_in_words(mail):
    assert get(mail, "message?id=999").json() == {"error": "There is no message 999."}
    assert get(mail, "nonsense").status_code == 404
