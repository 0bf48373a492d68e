"""The HTTP server: one thread a connection, keep-alive, and the sandbox's way of misbehaving."""

from __future__ import annotations

import gzip
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from syncing.sandbox.marketo import control
from syncing.sandbox.marketo.api import Outcome, outcome_of
from syncing.sandbox.marketo.api_request import Request, parse_request
from syncing.sandbox.marketo.envelope import FileAnswer, NoAnswer, Reply, plain_text
from syncing.sandbox.marketo.faults import Fault, FaultKind
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.journal import Entry
from syncing.sandbox.salesforce.ids import is_id

URI_MAX = 8 * 1024
BODY_MAX = 1024 * 1024
OTHER_URI_MAX = 16 * 1024
OTHER_BODY_MAX = 50 * BODY_MAX
DISCARD_MAX = 32 * BODY_MAX
GZIP_MIN = 1024
PATH_SHOWN = 300
# Another stand-in that answers below a path of its own: its pages to this machine only.
Part = Callable[[Request], Reply]
OtherApi = Callable[[Request], Reply | NoAnswer]
_LOOPBACK = ("127.", "::1", "::ffff:127.")


class SandboxServer(ThreadingHTTPServer):
    """Serves one instance until it is shut down."""

    daemon_threads = True
    # Connections that nobody has accepted yet; the default of 5 is soon too few.
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        instance: Instance,
        *,
        parts: Mapping[str, Part],
        apis: Mapping[str, OtherApi],
    ) -> None:
        self.instance = instance
        # By the first name in the path; all other paths are Marketo's API.
        page: Part = partial(control.reply, instance)
        self.parts = {"": page, "control": page, **parts}
        self.apis = apis
        super().__init__(address, Handler)

    def service_actions(self) -> None:
        """Called between connections, several times a second."""
        self.instance.save()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are no news; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "MarketoSandbox"
    disable_nagle_algorithm = True
    # An idle connection is closed after this many seconds.
    timeout = 300
    server: SandboxServer

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815 - names that http.server calls

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header goes by the sandbox's clock."""
        return super().date_time_string(timestamp or self.server.instance.clock.timestamp())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent: the control page shows the requests."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        first_name = self.path.partition("?")[0].split("/")[1]
        api = self.server.apis.get(first_name)
        uri_max, body_max = (OTHER_URI_MAX, OTHER_BODY_MAX) if api else (URI_MAX, BODY_MAX)
        if length > body_max or len(self.path) > uri_max:
            # Read on to the end, for who is cut off while sending may never see the answer.
            self.rfile.read(min(length, DISCARD_MAX))
            self.close_connection = True
            status = 414 if len(self.path) > uri_max else 413
            self._send(Reply(status, content_type="text/html"))
            return
        body = self._read_body(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = parse_request(self.command, self.path, headers, body)
        # A record's id alone is an address as well.
        part = self.server.parts.get("lightning" if is_id(first_name) else first_name)
        if api:
            self._answer(api(request))
        elif part is None:
            self._serve_api(request)
        elif self.client_address[0].startswith(_LOOPBACK):
            self._send(part(request))
        else:
            self._send(plain_text(403, "The control pages answer to this machine only."))

    def _read_body(self, length: int) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(length)
        body = bytearray()
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _serve_api(self, request: Request) -> None:
        instance = self.server.instance
        fault = instance.faults.take(request.path)
        started = time.perf_counter()
        outcome = outcome_of(instance, request, fault)
        # Noted before it is sent, so that who has the answer finds it in the journal.
        self._note(request, outcome, fault, 1000 * (time.perf_counter() - started))
        if isinstance(outcome, FileAnswer):
            self._send_file(outcome, fault)
        else:
            self._answer(outcome)

    def _answer(self, outcome: Reply | NoAnswer) -> None:
        if isinstance(outcome, Reply):
            self._send(outcome)
        else:
            self._reset()

    def _note(
        self, request: Request, outcome: Outcome, fault: Fault | None, milliseconds: float
    ) -> None:
        reply = outcome if isinstance(outcome, Reply) else Reply(0)
        if isinstance(outcome, FileAnswer):
            reply = Reply(outcome.status)
        entry = Entry(
            at=self.server.instance.clock.stamp(),
            method=self.command,
            path=self.path.partition("client_id")[0][:PATH_SHOWN],
            status=reply.status,
            code=reply.code,
            milliseconds=round(milliseconds, 1),
            request_id=reply.request_id,
            fault=fault.kind if fault else "",
        )
        self.server.instance.journal.record(entry, request.endpoint)

    def _send(self, reply: Reply) -> None:
        """Head and body in one write, so that no packet waits for another."""
        body = reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if len(body) >= GZIP_MIN and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._headers_buffer.append(b"\r\n" + body)  # type: ignore[attr-defined]
        self.flush_headers()

    def _send_file(self, found: FileAnswer, fault: Fault | None) -> None:
        """The file itself goes from disk to socket without passing through Python."""
        self.send_response(found.status)
        self.send_header("Content-Type", "text/csv;charset=UTF-8")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(found.length))
        if found.partial:
            last = found.start + found.length - 1
            self.send_header("Content-Range", f"bytes {found.start}-{last}/{found.size}")
        self.end_headers()
        is_cut = fault is not None and fault.kind is FaultKind.TRUNCATED_FILE
        count = min(fault.bytes, found.length) if fault and is_cut else found.length
        with found.path.open("rb") as file:
            self.connection.sendfile(file, offset=found.start, count=count)
        if is_cut:
            self._reset()

    def _reset(self) -> None:
        """Close so that the other side sees a reset rather than an end."""
        self.close_connection = True
        no_linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        self.connection.close()
