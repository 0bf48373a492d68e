"""What a mail program or a scanner asks of the web for a message: pictures, links, one POST."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
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


# HTTP alone: build_opener would add files and FTP.
_opener = urllib.request.OpenerDirector()
for _handler in (
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPErrorProcessor,
    urllib.request.UnknownHandler,
    _StayHere,
):
    _opener.add_handler(_handler())


def visit(url: str, *, agent: str) -> Visit:
    """Open an address as a browser does and follow it, up to the first one on another host.

    That one is only told: the sandbox leaves the web alone.
    """
    addresses = [url]
    status, onward = _ask("GET", url, agent)
    while onward and len(addresses) < HOPS_MAX:
        addresses.append(onward)
        if _host(onward) != _host(url):
            break
        status, onward = _ask("GET", onward, agent)
    return Visit(addresses, status)


def post_form(url: str, body: bytes, *, agent: str) -> Visit:
    status, _ = _ask("POST", url, agent, body)
    return Visit([url], status)


def _ask(method: str, url: str, agent: str, body: bytes | None = None) -> tuple[int, str]:
    """The HTTP status, 0 when nobody answers, and the address it redirects to."""
    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Language": "en-US,en;q=0.9"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - _opener
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            response.read(READ_MAX)
            return int(response.status), ""
    except urllib.error.HTTPError as error:
        location = error.headers.get("Location", "")
        return error.code, urljoin(url, location) if location else ""
    except (OSError, HTTPException, ValueError):
        return 0, ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
