"""The check of the tracking address, against real servers."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import reverse

from activities.emails.models import EmailSettings
from admin_config.email import tracking_check

pytestmark = pytest.mark.django_db


@contextmanager
def answering(status, body=b"", wait=None):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if wait:
                wait.wait(timeout=20)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=5)


def checked(client, url):
    EmailSettings.objects.update_or_create(pk=1, defaults={"tracking_url": url})
    return client.post(reverse("settings:tracking-check"), follow=True).text


def test_an_address_that_leads_here_is_told_so(admin_client, live_server):
    assert "leads here." in checked(admin_client, live_server.url)


def test_a_host_this_workspace_does_not_answer_to_is_named(admin_client, live_server, settings):
    settings.ALLOWED_HOSTS = ["testserver"]

    page = checked(admin_client, live_server.url)

    assert "leads here, but is not in ALLOWED_HOSTS" in page
    assert "is not in ALLOWED_HOSTS: links and the unsubscribe page of emails fail" in page


def test_a_host_that_is_allowed_is_not_warned_of(admin_client):
    EmailSettings.objects.create(pk=1, tracking_url="http://localhost")

    page = admin_client.get(reverse("settings:tracking")).text

    assert "is not in ALLOWED_HOSTS" not in page


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "answered with status 404"),
        (302, b"", "answered with status 302"),
        (200, b"<h1>Parked</h1>", "Something else than this workspace answers"),
    ],
)
def test_another_server_is_told_from_ours(admin_client, status, body, words):
    with answering(status, body) as url:
        assert words in checked(admin_client, url)


def test_a_host_without_an_address_is_told_in_words(admin_client):
    assert "There is no server named go.invalid" in checked(admin_client, "https://go.invalid")


def test_a_port_where_nobody_listens_is_told_in_words(admin_client):
    assert "No answer from 127.0.0.1" in checked(admin_client, "http://127.0.0.1:9")


def test_a_server_without_encryption_is_told_in_words(admin_client):
    with answering(200) as url:
        page = checked(admin_client, url.replace("http:", "https:"))

    assert "No answer from 127.0.0.1" in page


def test_a_server_that_does_not_answer_holds_nobody_up(admin_client, monkeypatch):
    monkeypatch.setattr(tracking_check, "TIMEOUT", 0.2)
    release = threading.Event()
    with answering(200, wait=release) as url:
        page = checked(admin_client, url)
        release.set()

    assert "did not answer in time" in page
