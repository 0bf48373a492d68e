"""What a mail program or a scanner asks of the web for a message: pictures, links, one POST."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin, urlsplit

READER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36"
)
SCANNER = "Mozilla/5.0 (compatible; BarracudaCentral/1.0; security scan)"
TIMEOUT_SECONDS = 5
HOPS_MAX = 10
READ_MAX = 1024 * 1024


@dataclass(frozen=True)
class Visit:
    """Where a request led: each address on the way, and the last answer (0: none)."""

    addresses: list[str]
    status: int


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by hand, to note each address."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_StayHere, urllib.request.ProxyHandler({}))


def visit(url: str, *, agent: str) -> Visit:
    """Open an address as a browser does and follow it, up to the first one on another host.

    That one is only told: the sandbox leaves the web alone.
    """
    addresses = [url]
    status, location = _ask("GET", url, agent)
    while location and len(addresses) < HOPS_MAX:
        addresses.append(urljoin(addresses[-1], location))
        if urlsplit(addresses[-1]).netloc != urlsplit(url).netloc:
            break
        status, location = _ask("GET", addresses[-1], agent)
    return Visit(addresses, status)


def post_form(url: str, body: bytes, *, agent: str) -> Visit:
    status, _ = _ask("POST", url, agent, body)
    return Visit([url], status)


def _ask(method: str, url: str, agent: str, body: bytes | None = None) -> tuple[int, str]:
    """The HTTP status, 0 when nobody answers, and where it redirects to."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return 0, ""
    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Language": "en-US,en;q=0.9"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            _drain(response)
            return int(response.status), ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location", "") if 300 <= error.code < 400 else ""  # noqa: PLR2004
    except (urllib.error.URLError, OSError, ValueError):
        return 0, ""


def _drain(response: IO[bytes]) -> None:
    response.read(READ_MAX)
