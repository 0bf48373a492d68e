"""The body of an email with its links led past us and a pixel at the end."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from activities.emails.models import Email, EmailLink
from activities.emails.tracking.addresses import click_url, pixel_url

Attributes = list[tuple[str, str | None]]

TRACKED_SCHEMES = ("http://", "https://")


def tag_links(*, email: Email, html: str, base: str) -> str:
    """The body with tracked links and the pixel; what leads to this instance already stays.

    `base` is what `public_address` says. Makes the EmailLinks, one for each address. Tagged again
    for another attempt, the body has the same ones.
    """
    body = _Body()
    body.feed(html)
    body.close()
    anchors = [anchor for anchor in body.anchors if not anchor.url.startswith(f"{base}/t/")]
    links = _links_of(email, (anchor.url for anchor in anchors))
    for place, url, attributes in anchors:
        body.parts[place] = _tag(click_url(link=links[url], base=base), attributes)
    pixel = escape(pixel_url(email=email, base=base))
    return f'{"".join(body.parts)}<img src="{pixel}" width="1" height="1" alt="">'


def _links_of(email: Email, urls: Iterable[str]) -> dict[str, EmailLink]:
    links = {link.url: link for link in email.links.all()}
    new = [url for url in dict.fromkeys(urls) if url not in links]
    made = EmailLink.objects.bulk_create(
        EmailLink(email=email, position=position, url=url)
        for position, url in enumerate(new, start=len(links) + 1)
    )
    return links | {link.url: link for link in made}


def _tag(address: str, attributes: Attributes) -> str:
    kept = "".join(
        f' {name}="{escape(value or "")}"' for name, value in attributes if name != "href"
    )
    return f'<a href="{escape(address)}"{kept}>'


class _Anchor(NamedTuple):
    # Its index among the parts of the body.
    place: int
    url: str
    attributes: Attributes


class _Body(HTMLParser):
    """Takes a body to pieces that make the same body again, and notes where its links are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.anchors: list[_Anchor] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        url = (dict(attrs).get("href") or "").strip() if tag == "a" else ""
        if url.lower().startswith(TRACKED_SCHEMES):
            self.anchors.append(_Anchor(len(self.parts), url, attrs))
        self.parts.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")
