"""Readers and machines by what they call themselves."""

import pytest

from activities.emails.tracking.agents import APPLE, CRAWLER, NAMELESS, PREVIEW, PROGRAM, SCANNER
from activities.emails.tracking.agents import why_automated as why

READERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    # Gmail and Yahoo fetch a picture when the reader opens the email.
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Thunderbird/140.5.0",
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG 9) AppleWebKit/537.36 Mobile Safari/537.36",
]
MACHINES = {
    "Mozilla/5.0": APPLE,
    "": NAMELESS,
    "curl/8.14.1": PROGRAM,
    "python-requests/2.34.0": PROGRAM,
    "Go-http-client/2.0": PROGRAM,
    "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0.0.0 Safari/537.36": PROGRAM,
    "Barracuda Sentinel (EE)": SCANNER,
    "Mozilla/5.0 (compatible; Mimecast-URL-Protect)": SCANNER,
    "Microsoft Office Existence Discovery": SCANNER,
    "Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5": PREVIEW,
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)": PREVIEW,
    "facebookexternalhit/1.1": PREVIEW,
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": CRAWLER,
    "Mozilla/5.0 (compatible; AhrefsBot/7.0)": CRAWLER,
}


@pytest.mark.parametrize("user_agent", READERS)
def test_browsers_and_mail_programs_are_readers(user_agent):
    assert why(user_agent=user_agent, ip_address="192.0.2.7") == ""


@pytest.mark.parametrize(("user_agent", "reason"), MACHINES.items())
def test_machines_are_known_by_name(user_agent, reason):
    assert why(user_agent=user_agent, ip_address="192.0.2.7") == reason


@pytest.mark.parametrize(
    ("ip_address", "reason"),
    [("17.58.1.2", APPLE), ("67.231.152.9", SCANNER), ("2001:db8::1", ""), (None, "")],
)
def test_machines_are_known_by_their_network(ip_address, reason):
    assert why(user_agent=READERS[0], ip_address=ip_address) == reason
