"""The one list of what HTML an email may hold, and the same content as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_TAGS = (
    "a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em figcaption"
    " figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s small span strike strong"
    " sub sup table tbody td tfoot th thead tr u ul"
)
# Nothing that leaves its place on the page, and nothing that loads.
_STYLES = (
    "background-color border border-bottom border-collapse border-color border-left border-radius"
    " border-right border-spacing border-style border-top border-width color display font"
    " font-family font-size font-style font-variant font-weight height letter-spacing line-height"
    " list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width"
    " padding padding-bottom padding-left padding-right padding-top text-align text-decoration"
    " text-indent text-transform vertical-align white-space width"
)
_EVERYWHERE = {"align", "dir", "lang", "style", "title"}
_SIZES = {"width", "height"}
_PICTURE = re.compile(r"\s*https?:", re.IGNORECASE)


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """No picture that only loads beside the page it was copied from."""
    is_picture = (tag, attribute) == ("img", "src")
    return None if is_picture and not _PICTURE.match(value) else value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags={"script", "style", "title", "iframe", "object", "svg", "math", "template"},
    attributes={
        "*": _EVERYWHERE,
        "a": {"href"},
        "img": {"src", "alt", "border", *_SIZES},
        "font": {"color", "face", "size"},
        "ol": {"start", "type"},
        "table": {"bgcolor", "border", "cellpadding", "cellspacing", *_SIZES},
        "tr": {"bgcolor", "valign"},
        "td": {"bgcolor", "colspan", "rowspan", "valign", *_SIZES},
        "th": {"bgcolor", "colspan", "rowspan", "scope", "valign", *_SIZES},
        "col": {"span", *_SIZES},
    },
    url_schemes={"http", "https", "mailto", "tel"},
    filter_style_properties=set(_STYLES.split()),
    attribute_filter=_keep,
)

_PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"}
_BLOCKS = _PARAGRAPHS | {"center", "dd", "div", "dl", "dt", "figure", "hr", "li", "tr"}
_SPACES = re.compile(r"[ \t\r\n\f]+")


def clean_html(html: str) -> str:
    """What a seller wrote or pasted, without anything that runs, loads code or breaks the page."""
    # PostgreSQL has no NUL in its texts.
    return _CLEANER.clean(html.replace("\0", ""))


def text_of(html: str) -> str:
    """The plain-text part of an email: links with their address, lists and quotes marked."""
    writer = _TextWriter()
    writer.feed(html)
    writer.close()
    return writer.text()


class _TextWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # Finished lines, and how often each is quoted.
        self._lines: list[tuple[int, str]] = []
        self._line = ""
        self._is_gap_due = False
        self._quotes = 0
        # The address of each open link, and what it says so far.
        self._links: list[tuple[str, str]] = []
        # The number of the last item of each open list; None for bullets.
        self._lists: list[int | None] = []

    def text(self) -> str:
        self._break(is_paragraph=False)
        lines = (
            f"{'>' * quotes} {line}".strip() if quotes else line for quotes, line in self._lines
        )
        return "\n".join(lines) + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._break(is_paragraph=tag in _PARAGRAPHS and not self._lists)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "br":
            self._break(is_paragraph=not self._line.strip())
        elif tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._line = self._bullet()
        elif tag == "hr":
            self._line = "-" * 20
        elif tag in {"td", "th"} and self._line:
            self._line += " "
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", ""))
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._line += _address_of(*self._links.pop())
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in _BLOCKS:
            self._break(is_paragraph=tag in _PARAGRAPHS and not self._lists)
        if tag == "blockquote" and self._quotes:
            self._quotes -= 1

    def handle_data(self, data: str) -> None:
        text = _SPACES.sub(" ", data)
        if not self._line:
            text = text.lstrip(" ")
        self._line += text
        if self._links:
            url, label = self._links[-1]
            self._links[-1] = (url, label + text)

    def _bullet(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number + 1}. "

    def _break(self, *, is_paragraph: bool) -> None:
        """End the line; after a paragraph with an empty one before the next."""
        if self._line.strip():
            if self._is_gap_due and self._lines:
                self._lines.append((min(self._quotes, self._lines[-1][0]), ""))
            self._lines.append((self._quotes, self._line.rstrip()))
            self._is_gap_due = False
        self._line = ""
        self._is_gap_due = self._is_gap_due or is_paragraph


def _address_of(url: str, label: str) -> str:
    """What follows a link's label, unless the label is the address itself, or leads nowhere."""
    label = label.strip()
    if not url or url.startswith("#") or label == url.removeprefix("mailto:").removeprefix("tel:"):
        return ""
    return f" <{url}>" if label else url
