"""A server that says over TCP exactly what a test tells it to, however wrong."""

import json
import socketserver
import threading
from collections import deque
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

TOKEN = "cdf01657-110d-4155-99a7-f986b2ff13a0:int"
CUT_CONNECTION = None


def json_answer(body, *, status="200 OK"):
    return raw_answer(json.dumps(body).encode(), status=status, kind="application/json")


def success(result=(), **more):
    return json_answer({"requestId": "a1#b2", "success": True, "result": list(result), **more})


def failure(code, message="words of Marketo"):
    errors = [{"code": code, "message": message}]
    return json_answer({"requestId": "a1#b2", "success": False, "errors": errors})


def raw_answer(body, *, status="200 OK", kind="text/csv", length=None, headers=()):
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Request:
    def __init__(self, head, body):
        first, *lines = head.decode().split("\r\n")
        self.method, target, _ = first.split(" ")
        parts = urlsplit(target)
        self.path = parts.path
        self.query = dict(parse_qsl(parts.query))
        self.headers = dict(line.split(": ", 1) for line in lines if line)
        self.body = body
        self.form = dict(parse_qsl(body.decode()))


class CannedServer:
    """Answers tokens by itself and everything else from the queue; `requests` is what it heard."""

    def __init__(self, answers):
        self.answers = deque(answers)
        self.tokens = deque()
        self.requests = []
        self.token_requests = []
        self.gate = threading.Event()
        self.gate.set()

    def answer_to(self, request):
        if request.path == "/identity/oauth/token":
            self.token_requests.append(request)
            if self.tokens:
                return self.tokens.popleft()
            return json_answer({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3599})
        self.requests.append(request)
        return self.answers.popleft()


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self._head():
            length = int(Request(head, b"").headers.get("Content-Length", 0))
            answer = self.server.canned.answer_to(Request(head, self.rfile.read(length)))
            if answer is CUT_CONNECTION:
                return
            if callable(answer):
                answer = answer()
            self.wfile.write(answer)
            if b"Connection: close" in answer or _is_short(answer):
                return

    def _head(self):
        lines = []
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            lines.append(line)
        return b"".join(lines)


def _is_short(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return not lengths or int(lengths[0].split()[1]) > len(body)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def canned_server(*answers):
    canned = CannedServer(answers)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.canned = canned
        canned.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield canned
        finally:
            server.shutdown()
            thread.join()
