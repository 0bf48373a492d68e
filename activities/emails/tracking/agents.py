"""What opens and clicks by itself: known by what it calls itself, or by where it comes from.

The picture proxies of Gmail and Yahoo are not among it: they fetch a picture when the reader opens
the email. Apple's Mail Privacy Protection is: it fetches all pictures, read or not.
"""

from __future__ import annotations

import ipaddress
import re

from django.utils.translation import gettext_noop as _

APPLE = _("Apple fetches pictures ahead of the reader")
CRAWLER = _("A search engine or other crawler")
NAMELESS = _("It did not say what it is")
PREVIEW = _("A preview of the link, as chats and social networks make")
PROGRAM = _("A program, not a browser")
SCANNER = _("A security scanner")

_SCANNERS = r"""
    barracuda | proofpoint | urldefense | mimecast | symantec | messagelabs | trend\ ?micro
    | trellix | fireeye | ironport | sophos | forcepoint | forti | zscaler | checkpoint
    | cloudmark | safelinks | virustotal | urlscan | phishtank | netcraft
    | microsoft\ office\ existence\ discovery
"""
_PREVIEWS = r"""
    bingpreview | skypeuripreview | slackbot | slack-imgproxy | twitterbot | facebookexternalhit
    | facebot | linkedinbot | whatsapp | telegrambot | discordbot | embedly | iframely
"""
# Not the phones by the name of CUBOT.
_CRAWLERS = r"(?<!cu)bot\b | crawler | spider | slurp | scan(?:ner)?\b | monitor\b"
_PROGRAMS = r"""
    ^curl | ^wget | python | aiohttp | httpx | go-http-client | ^java/ | okhttp
    | apache-httpclient | libwww-perl | ^ruby | guzzle | node-fetch | axios | undici
    | headless | phantomjs | selenium | puppeteer | playwright
"""
# The first that is found in the User-Agent decides.
NAMES = tuple(
    (re.compile(names, re.IGNORECASE | re.VERBOSE), reason)
    for names, reason in (
        (_SCANNERS, SCANNER),
        (_PREVIEWS, PREVIEW),
        (_CRAWLERS, CRAWLER),
        (_PROGRAMS, PROGRAM),
    )
)
# All that Mail Privacy Protection says of itself.
APPLE_PROXY = "Mozilla/5.0"

NETWORKS = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("17.0.0.0/8", APPLE),
        # Barracuda
        ("64.235.144.0/20", SCANNER),
        ("209.222.80.0/21", SCANNER),
        # Mimecast
        ("205.139.110.0/23", SCANNER),
        ("207.211.30.0/23", SCANNER),
        # Proofpoint
        ("67.231.144.0/20", SCANNER),
        ("148.163.128.0/19", SCANNER),
    )
)


def why_automated(*, user_agent: str, ip_address: str | None) -> str:
    """What gives it away; the empty string when nothing does."""
    if not user_agent.strip():
        return NAMELESS
    if user_agent.strip() == APPLE_PROXY:
        return APPLE
    by_name = next((reason for name, reason in NAMES if name.search(user_agent)), "")
    return by_name or _by_network(ip_address)


def _by_network(ip_address: str | None) -> str:
    if ip_address is None:
        return ""
    address = ipaddress.ip_address(ip_address)
    return next((reason for network, reason in NETWORKS if address in network), "")
