"""What a message asks its reader to load and to click."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser

_WEB = ("http://", "https://")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_BRACKETED = re.compile(r"<\s*([^>]+?)\s*>")


@dataclass
class Contents(HTMLParser):
    """Links with their words, and pictures, of an HTML body; each address once."""

    links: dict[str, str] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open_link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and (href := values.get("href") or "").startswith(_WEB):
            self._open_link = "" if href in self.links else href
            self.links.setdefault(href, "")
        if tag == "img" and (src := values.get("src") or "").startswith(_WEB):
            self.images.append(src)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open_link = ""

    def handle_data(self, data: str) -> None:
        if self._open_link:
            self.links[self._open_link] += data


def contents_of(*, html: str, text: str) -> Contents:
    """From the HTML when there is one, else the addresses in the text."""
    contents = Contents()
    contents.feed(html)
    contents.close()
    if not html:
        contents.links = {address.rstrip(".,;)"): "" for address in _ADDRESS.findall(text)}
    return contents


def one_click_url(mime: EmailMessage) -> str:
    """Where a one-click unsubscribe is POSTed (RFC 8058); empty when the message offers none."""
    offer = str(mime.get("List-Unsubscribe-Post", "")).replace(" ", "").lower()
    if offer != "list-unsubscribe=one-click":
        return ""
    addresses = _BRACKETED.findall(str(mime.get("List-Unsubscribe", "")))
    return next((address for address in addresses if address.startswith(_WEB)), "")
