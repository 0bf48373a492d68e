"""Another system: an HTTP server that keeps what it is told and answers as it is told to."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Receiver:
    def __init__(self, server, scheme):
        self.received = []
        # What to answer: the statuses in turn, the last one for good. None breaks off.
        self.statuses = [200]
        self.url = f"{scheme}://localhost:{server.server_port}/hook?for=actions"

    def answer(self, request):
        self.received.append(request)
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    @property
    def events(self):
        return [request.json for request in self.received]

    def told(self, kind):
        """The data of all events of this kind."""
        return [event["data"] for event in self.events if event["type"] == kind]


@contextmanager
def running_receiver(context=None):
    """Over TLS with an SSL `context`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.answer(Received(dict(self.headers), body))
            if status is None:
                return
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", receiver.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        receiver = Receiver(server, "https" if context else "http")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(5)
