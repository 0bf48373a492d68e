import hashlib
import hmac
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from syncing.sandbox import SANDBOX_CALLS_SECRET, SANDBOX_CALLS_TOKEN

PHONES = {"from": "+14155550100", "to": "+14155550199"}


class Callback(BaseHTTPRequestHandler):
    """Takes webhooks, after as many refusals as it is told to make."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.put((dict(self.headers), body))
        is_refused = self.server.refusals > 0
        self.server.refusals -= is_refused
        self.send_response(503 if is_refused else 204)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def callback():
    with ThreadingHTTPServer(("127.0.0.1", 0), Callback) as server:
        server.reports, server.refusals = queue.Queue(), 0
        server.url = f"http://127.0.0.1:{server.server_port}/calls"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def provider(sandbox):
    return Provider(sandbox.base_url)


class Provider:
    def __init__(self, base_url):
        self.url = f"{base_url}/calls"
        self.plan(outcome="completed", duration_seconds=42, pace_seconds=0)

    def plan(self, **changes):
        return requests.post(f"{self.url}/control/plan", json=changes, timeout=10)

    def start(self, callback_url, token=SANDBOX_CALLS_TOKEN, key="", **rest):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        order = {**PHONES, "callback_url": callback_url, **rest}
        return requests.post(self.url, json=order, headers=headers, timeout=10)

    def show(self, call_id, path=""):
        headers = {"Authorization": f"Bearer {SANDBOX_CALLS_TOKEN}"}
        return requests.get(f"{self.url}/{call_id}{path}", headers=headers, timeout=10)


def reported(callback, count):
    reports = [callback.reports.get(timeout=10) for _ in range(count)]
    assert callback.reports.empty()
    return [json.loads(body) for _, body in reports]


def test_an_answered_call_is_reported_from_ringing_to_its_length(provider, callback):
    started = provider.start(callback.url)
    assert started.status_code == 201
    call = started.json()
    assert call == {"id": call["id"], "status": "queued", **PHONES}
    ringing, answered, completed = reported(callback, 3)
    assert [report["status"] for report in (ringing, answered, completed)] == [
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [report["sequence"] for report in (ringing, answered, completed)] == [1, 2, 3]
    assert {report["id"] for report in (ringing, answered, completed)} == {call["id"]}
    assert "duration_seconds" not in answered
    assert (completed["duration_seconds"], completed["answered_by"]) == (42, "human")
    assert requests.get(completed["recording_url"], timeout=10).ok
    assert provider.show(call["id"]).json()["status"] == "completed"


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        ("no-answer", ["ringing", "no-answer"]),
        ("cancelled", ["ringing", "cancelled"]),
        ("failed", ["failed"]),
    ],
)
def test_a_call_goes_as_planned(provider, callback, outcome, statuses):
    provider.plan(outcome=outcome)
    provider.start(callback.url)
    reports = reported(callback, len(statuses))
    assert [report["status"] for report in reports] == statuses
    assert "duration_seconds" not in reports[-1]
    assert ("reason" in reports[-1]) is (outcome == "failed")


def test_reports_are_signed_with_their_time(provider, callback):
    provider.plan(outcome="failed")
    provider.start(callback.url)
    headers, body = callback.reports.get(timeout=10)
    signed = headers["X-Sandbox-Timestamp"].encode() + b"." + body
    digest = hmac.new(SANDBOX_CALLS_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Sandbox-Signature"] == f"sha256={digest}"


def test_a_report_that_is_refused_comes_again(provider, callback):
    provider.plan(outcome="failed")
    callback.refusals = 1
    provider.start(callback.url)
    first, second = reported(callback, 2)
    assert first == second


def test_the_same_key_starts_one_call(provider, callback):
    provider.plan(outcome="failed")
    first = provider.start(callback.url, key="k-1")
    again = provider.start(callback.url, key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    reported(callback, 1)


def test_only_the_token_starts_and_shows_calls(provider, callback):
    assert provider.start(callback.url, token="wrong").status_code == 401
    call_id = provider.start(callback.url).json()["id"]
    assert requests.get(f"{provider.url}/{call_id}", timeout=10).status_code == 401
    reported(callback, 3)


def test_a_wrong_order_is_refused_in_words(provider, callback):
    refusal = provider.start(callback.url, to="")
    assert (refusal.status_code, refusal.json()["error"]) == (422, "A call needs 'to'.")
    assert provider.start("ftp://x").status_code == 422
    assert provider.show("call-0").status_code == 404
    assert provider.plan(outcome="maybe").status_code == 400
    assert provider.plan(nonsense=1).status_code == 400


def test_the_page_is_served_and_forms_of_other_sites_change_no_plan(provider):
    assert "Calls sandbox" in requests.get(provider.url, timeout=10).text
    plan = f"{provider.url}/control/plan"
    assert requests.post(plan, data={"outcome": "failed"}, timeout=10).status_code == 415
    assert requests.get(plan, timeout=10).json()["outcome"] == "completed"
