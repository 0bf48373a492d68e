import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.calls.bridging import bridge_call, take_report
from activities.calls.models import Call, CallerNumber, CallSettings
from activities.calls.providers.base import CallFailed, CallReport
from activities.models import Activity
from syncing.sandbox import SANDBOX_CALLS_SECRET
from syncing.sandbox.testing import running_sandbox
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(people=1, limits=False) as running:
        yield running


@pytest.fixture
def _in_use(settings, sandbox):
    settings.SANDBOX_CALLS_URL = sandbox.base_url
    CallSettings.objects.create(pk=1, provider="sandbox")


@pytest.fixture
def person(db):
    return make_person(phone="(415) 555-0199")


@pytest.fixture
def call(person, seller, settings):
    settings.SANDBOX_CALLS_URL = "http://localhost:1"
    return Call.objects.create(
        person=person,
        caller=seller,
        called_at=timezone.now(),
        created_at=timezone.now(),
        provider="sandbox",
        provider_call_id="call-1",
    )


def report(**fields):
    defaults = {
        "provider_call_id": "call-1",
        "sequence": 3,
        "status": "COMPLETED",
        "duration_seconds": 42,
        "recording_url": "https://calls.example.com/1",
    }
    return CallReport(**(defaults | fields))


def deliver(client, body, *, secret=SANDBOX_CALLS_SECRET, age=timedelta(0), provider="sandbox"):
    """The status of the answer to a report that the provider signs like this."""
    raw = json.dumps(body).encode()
    sent_at = str(int((timezone.now() - age).timestamp()))
    signature = hmac.new(secret.encode(), f"{sent_at}.".encode() + raw, hashlib.sha256)
    response = client.post(
        reverse("calls:report", args=[provider]),
        raw,
        content_type="application/json",
        headers={
            "X-Sandbox-Timestamp": sent_at,
            "X-Sandbox-Signature": f"sha256={signature.hexdigest()}",
        },
    )
    return response.status_code


COMPLETED = {"id": "call-1", "status": "completed", "sequence": 3, "duration_seconds": 42}


@pytest.mark.usefixtures("_in_use")
def test_the_provider_is_asked_for_a_call_and_the_sellers_number_is_remembered(person, seller):
    call = bridge_call(
        person=person,
        caller=seller,
        phone_number=person.phone,
        seller_number="(415) 555-0100",
        now=timezone.now(),
    )

    call.refresh_from_db()
    assert call.provider_call_id.startswith("call-")
    assert (call.state, call.provider, call.phone_number) == (
        "STARTED",
        "sandbox",
        "+1 415-555-0199",
    )
    assert CallerNumber.objects.get().phone_number == "(415) 555-0100"


@pytest.mark.usefixtures("_in_use")
def test_whoever_presses_call_twice_is_rung_once(person, seller_client, sandbox):
    form = {
        "key": str(uuid4()),
        "phone_number": person.phone,
        "seller_number": "(415) 555-0100",
    }
    url = f"{reverse('calls:start')}?person={person.pk}"
    seller_client.post(url, form)
    first = Call.objects.get().provider_call_id

    # The answer got lost, and what was kept of the call with it.
    Call.objects.all().delete()
    seller_client.post(url, form)

    assert Call.objects.get().provider_call_id == first


@pytest.mark.usefixtures("_in_use")
@pytest.mark.parametrize("numbers", [("", "(415) 555-0100"), ("(415) 555-0100", "nobody")])
def test_without_both_numbers_no_call_is_made(person, seller, numbers):
    with pytest.raises(CallFailed):
        bridge_call(
            person=person,
            caller=seller,
            seller_number=numbers[0],
            phone_number=numbers[1],
            now=timezone.now(),
        )

    assert not Call.objects.exists()


def test_a_provider_that_is_away_is_said_so_in_the_panel_and_no_call_is_kept(
    person, seller_client, settings
):
    settings.SANDBOX_CALLS_URL = "http://127.0.0.1:9"
    CallSettings.objects.create(pk=1, provider="sandbox")

    page = seller_client.post(
        f"{reverse('calls:start')}?person={person.pk}",
        {
            "key": "0b1f9a52-0f4e-4d5c-9a57-1c2d3e4f5a6b",
            "phone_number": person.phone,
            "seller_number": "(415) 555-0100",
            "notes": "Kept",
        },
    ).content.decode()

    assert "The call provider can&#x27;t be reached." in page
    assert "Kept" in page
    # Pressed again, it is the same call to a provider that only answered too late.
    assert 'value="0b1f9a52-0f4e-4d5c-9a57-1c2d3e4f5a6b"' in page
    assert not Call.objects.exists()


@pytest.mark.parametrize("answer", [b"<html>", b"{}", b"[]", b""])
def test_a_call_that_may_ring_without_a_readable_answer_is_said_so_and_kept(
    person, seller_client, settings, answer
):
    class Provider(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if not answer:
                return
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    CallSettings.objects.create(pk=1, provider="sandbox")
    key = uuid4()
    form = {"key": str(key), "phone_number": person.phone, "seller_number": "(415) 555-0100"}
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        settings.SANDBOX_CALLS_URL = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        page = seller_client.post(f"{reverse('calls:start')}?person={person.pk}", form)
        server.shutdown()
        serving.join()

    said = "can&#x27;t be read" if answer else "may be ringing"
    assert said in page.content.decode()
    # Pressed again, it is this call, and the provider knows its key.
    assert (Call.objects.get().key, Call.objects.get().state) == (key, "STARTED")


def test_a_report_tells_how_the_call_went_but_logs_nothing(call, client):
    assert deliver(client, COMPLETED) == 204

    call.refresh_from_db()
    assert (call.state, call.status, call.duration_seconds) == ("STARTED", "COMPLETED", 42)
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    "how",
    [{"secret": "guessed"}, {"age": timedelta(minutes=6)}, {"age": -timedelta(minutes=6)}],
)
def test_a_report_that_is_not_the_providers_is_refused(call, client, how):
    assert deliver(client, COMPLETED, **how) == 403

    call.refresh_from_db()
    assert call.status == ""


@pytest.mark.parametrize("body", [[], {}, {"id": "call-1"}, {**COMPLETED, "sequence": "x"}])
def test_a_signed_report_that_makes_no_sense_is_refused(call, client, body):
    assert deliver(client, body) == 403


def test_an_unsigned_report_is_refused(call, client):
    url = reverse("calls:report", args=["sandbox"])

    assert client.post(url, b"{}", content_type="application/json").status_code == 403


def test_a_call_that_is_not_known_yet_is_reported_again_later(call, client):
    assert deliver(client, {**COMPLETED, "id": "call-2"}) == 404


def test_a_provider_that_is_not_set_up_does_not_exist(call, client, settings):
    settings.SANDBOX_CALLS_URL = ""

    assert deliver(client, COMPLETED) == 404


def test_reports_may_come_twice_and_in_any_order(call):
    late = {"sequence": 2, "status": "", "duration_seconds": None, "recording_url": ""}
    for said in (report(), report(), report(**late), report(status="FAILED")):
        assert take_report(provider="sandbox", report=said)

    call.refresh_from_db()
    assert (call.status, call.duration_seconds, call.provider_sequence) == ("COMPLETED", 42, 3)
    assert call.recording_url == "https://calls.example.com/1"


def test_a_recording_at_an_unsafe_address_is_left_out(call):
    take_report(provider="sandbox", report=report(recording_url="javascript:alert(1)"))

    call.refresh_from_db()
    assert call.recording_url == ""


def test_a_report_changes_nothing_of_a_logged_call(call):
    Call.objects.filter(pk=call.pk).update(
        state="LOGGED", status="FAILED", logged_at=timezone.now()
    )

    take_report(provider="sandbox", report=report())

    call.refresh_from_db()
    assert (call.status, call.duration_seconds) == ("FAILED", None)
