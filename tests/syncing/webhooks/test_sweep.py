"""Telling other systems over HTTP: signed, at least once, and with patience."""

import hashlib
import hmac
import socket
import ssl
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from syncing.webhooks import claims, http
from syncing.webhooks.claims import LEASE, PAUSED_AFTER, claim
from syncing.webhooks.models import Endpoint, Message
from syncing.webhooks.services import (
    add_endpoint,
    delete_endpoint,
    forget_old_messages,
    pause,
    ping,
    resend,
    resume,
)
from syncing.webhooks.sweep import sweep
from tests.activities.emails.certificates import make_certificate
from tests.syncing.webhooks.driving import NOW, sweep_until_settled, tell
from tests.syncing.webhooks.receiver import running_receiver

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def states():
    return sorted(Message.objects.values_list("state", flat=True))


def fresh(endpoint):
    return Endpoint.objects.get(pk=endpoint.pk)


class TestDelivered:
    def test_each_event_arrives_once_with_what_receivers_need(self, endpoint, receiver):
        tell(3)

        assert sweep(now=NOW) is False
        assert sweep(now=NOW) is False

        assert states() == ["DELIVERED"] * 3
        assert sorted(event["data"]["id"] for event in receiver.events) == [1, 2, 3]
        request = receiver.received[0]
        message = Message.objects.get(event_id=request.json["id"])
        assert request.json == {
            "id": str(message.event_id),
            "type": "person.updated",
            "created_at": "2026-11-23T10:00:00.000000Z",
            "data": message.data,
        }
        assert request.headers["Actions-Event-Id"] == str(message.event_id)
        assert request.headers["Actions-Event"] == "person.updated"
        assert (message.response_status, message.error, message.attempts) == (200, "", 1)

    def test_the_signature_is_what_the_documentation_says(self, endpoint, receiver):
        tell()
        sweep(now=NOW)

        (request,) = receiver.received
        parts = dict(part.split("=") for part in request.headers["Actions-Signature"].split(","))
        assert abs(int(parts["t"]) - time.time()) < 60
        signed = parts["t"].encode() + b"." + request.body
        expected = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256).hexdigest()
        assert parts["v1"] == expected

    def test_it_goes_over_tls_to_whom_the_certificate_names(self, db, tmp_path, monkeypatch):
        path = make_certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        with running_receiver(context) as receiver:
            add_endpoint(url=receiver.url, now=NOW)
            tell()
            sweep(now=NOW)
            assert "No secure connection to localhost" in Message.objects.get().error
            assert receiver.received == []

            monkeypatch.setenv("SSL_CERT_FILE", str(path))
            sweep_until_settled(now=NOW + HOUR)
            assert len(receiver.received) == 1

    def test_letters_beyond_ascii_in_the_address_do_no_harm(self, db, receiver):
        url = receiver.url.replace("/hook", "/höök")
        assert add_endpoint(url=url, now=NOW).url.endswith("/h%C3%B6%C3%B6k?for=actions")
        tell()
        sweep(now=NOW)
        assert states() == ["DELIVERED"]

    def test_a_batch_is_followed_by_the_next(self, endpoint, receiver):
        tell(claims.BATCH + 5)

        sweep(now=NOW)

        assert len(receiver.received) == claims.BATCH + 5


class TestFailed:
    @pytest.mark.parametrize("status", [500, 404, 302, None])
    def test_it_is_tried_again_with_the_same_event_until_it_is_taken(
        self, endpoint, receiver, status
    ):
        receiver.statuses = [status, status, 204]
        tell()

        sweep_until_settled()

        assert states() == ["DELIVERED"]
        assert len({event["id"] for event in receiver.events}) == 1
        assert [request.headers["Actions-Attempt"] for request in receiver.received] == list("123")
        assert (fresh(endpoint).failures, fresh(endpoint).failing_since) == (0, None)

    def test_why_is_kept(self, endpoint, receiver):
        receiver.statuses = [503]
        tell()
        sweep(now=NOW)
        message = Message.objects.get()
        assert (message.state, message.response_status, message.attempted_at) == (
            "PENDING",
            503,
            pytest.approx(NOW, abs=timedelta(seconds=5)),
        )

    def test_who_fails_is_left_alone_longer_and_longer(self, endpoint, receiver):
        receiver.statuses = [500]
        tell(200)
        rests = []
        now = NOW
        for _ in range(14):
            sweep(now=now)
            rest = fresh(endpoint).rests_until - now
            rests.append(round(rest.total_seconds() / 5) * 5)
            now = fresh(endpoint).rests_until

        assert rests[:4] == [5, 10, 20, 40]
        assert rests[-1] == 3600
        # After the first batch only one message an attempt finds out.
        assert len(receiver.received) == claims.BATCH + 13

    def test_after_days_without_success_it_pauses_itself_and_says_why(self, endpoint, receiver):
        receiver.statuses = [500]
        tell(100)
        now = NOW
        while fresh(endpoint).paused_at is None:
            assert now < NOW + 2 * PAUSED_AFTER
            sweep(now=now)
            now += timedelta(hours=1, minutes=1)

        assert fresh(endpoint).paused_at >= NOW + PAUSED_AFTER
        assert fresh(endpoint).pause_reason.startswith("Nothing was taken since Nov. 23, 2026")
        assert fresh(endpoint).pause_reason.endswith("The last answer: HTTP 500")
        count = len(receiver.received)
        sweep(now=now + HOUR)
        assert len(receiver.received) == count

    def test_resumed_it_gets_all_that_waited(self, endpoint, receiver):
        pause(endpoint=endpoint, reason="", now=NOW)
        tell(5)
        sweep(now=NOW)
        assert receiver.received == []

        resume(endpoint=endpoint, now=NOW)
        sweep(now=NOW)

        assert states() == ["DELIVERED"] * 5

    def test_a_message_nobody_takes_fails_in_the_end_and_can_be_sent_again(
        self, endpoint, receiver, monkeypatch
    ):
        monkeypatch.setattr(claims, "RETRY_AFTER", claims.RETRY_AFTER[:2])
        receiver.statuses = [500, 500, 500, 200]
        tell()
        sweep_until_settled()
        assert states() == ["FAILED"]
        event = Message.objects.get().event_id

        resend(message=Message.objects.get(), now=NOW + HOUR)
        sweep_until_settled(now=NOW + 4 * HOUR)

        assert states() == ["DELIVERED"]
        assert {request["id"] for request in receiver.events} == {str(event)}

    def test_one_that_is_refused_does_not_keep_back_the_others(self, endpoint, receiver):
        tell(10)
        receiver.statuses = [500, *[200] * 10]

        sweep(now=NOW)
        assert states() == ["DELIVERED"] * 9 + ["PENDING"]
        sweep_until_settled(now=NOW + HOUR)

        assert states() == ["DELIVERED"] * 10

    def test_nobody_listening_is_said_in_words(self, endpoint):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        Endpoint.objects.update(url=f"http://localhost:{port}/")
        tell()
        sweep(now=NOW)
        assert Message.objects.get().error.startswith("No answer from localhost: ")

    def test_who_dawdles_is_given_up_after_a_while(self, db, monkeypatch):
        monkeypatch.setattr(http, "DEADLINE", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            add_endpoint(url=f"http://localhost:{port}/", now=NOW)
            tell()
            began = time.monotonic()
            sweep(now=NOW)
        assert time.monotonic() - began < 5
        assert Message.objects.get().error.startswith("No answer from localhost: ")


class TestLeases:
    def test_what_a_lost_worker_had_is_sent_by_another_after_the_lease(self, endpoint, receiver):
        tell()
        assert len(claim(endpoint=endpoint, now=NOW)) == 1

        sweep(now=NOW + LEASE / 2)
        assert receiver.received == []
        sweep(now=NOW + LEASE)

        assert len(receiver.received) == 1

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_never_send_the_same(self, receiver):
        add_endpoint(url=receiver.url, now=NOW)
        tell(120)

        def work():
            sweep(now=NOW)
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert states() == ["DELIVERED"] * 120
        assert len(receiver.received) == 120


class TestForbidden:
    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"])
    def test_our_own_network_is_not_reached(self, db, settings, receiver, host):
        settings.WEBHOOK_PRIVATE_HOSTS_ALLOWED = False
        port = receiver.url.rsplit(":", 1)[1].split("/")[0]
        Endpoint.objects.create(url=f"https://{host}:{port}/", secret="s", created_at=NOW)
        tell()

        sweep(now=NOW)

        assert Message.objects.get().error == f"{host.strip('[]')} is inside our own network."
        assert receiver.received == []

    def test_plain_http_reaches_this_machine_alone(self, db):
        Endpoint.objects.create(url="http://192.0.2.1/", secret="s", created_at=NOW)
        tell()
        sweep(now=NOW)
        assert Message.objects.get().error == "192.0.2.1 is inside our own network."

    def test_a_redirect_is_not_followed(self, endpoint, receiver):
        receiver.statuses = [307]
        tell()
        sweep(now=NOW)
        assert len(receiver.received) == 1
        assert Message.objects.get().response_status == 307


def test_a_test_is_sent_at_once_and_kept_in_the_log(endpoint, receiver):
    message = ping(endpoint=endpoint, now=NOW)

    assert receiver.events[0]["type"] == "ping"
    assert (message.state, message.response_status) == ("DELIVERED", 200)
    receiver.statuses = [410]
    assert (ping(endpoint=endpoint, now=NOW).state, states()) == (
        "FAILED",
        ["DELIVERED", "FAILED"],
    )


def test_what_is_older_than_a_month_is_forgotten(endpoint):
    tell(now=NOW - timedelta(days=31))
    tell(now=NOW - timedelta(days=29))

    assert forget_old_messages(now=NOW) == 1
    assert Message.objects.count() == 1


def test_a_deleted_endpoint_takes_its_log_along(endpoint):
    tell(2)
    delete_endpoint(endpoint=endpoint)
    assert not Message.objects.exists()
