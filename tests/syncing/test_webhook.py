import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from syncing.models import DirtyLead, MarketoConnection

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def url():
    marketo = MarketoConnection.objects.create(
        id=1,
        base_url="http://127.0.0.1:1",
        client_id="x",
        client_secret="x",
        connected_at=timezone.now(),
    )
    return reverse("syncing:marketo-webhook", args=[marketo.webhook_secret])


@pytest.fixture
def marketo_server():
    """Marketo: signed in nowhere, and without a token against forgery."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("name", ["id", "leadId", "marketo_id"])
@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_lead_is_marked(marketo_server, url, name, kind):
    if kind == "form":
        response = marketo_server.post(url, {name: "4711"})
    else:
        response = marketo_server.post(url, json.dumps({name: 4711}), content_type=JSON)
    assert response.status_code == 202
    assert response.json() == {"marketo_id": 4711}
    assert DirtyLead.objects.get().marketo_id == 4711


def test_a_wrong_secret_finds_nothing(marketo_server, url):
    wrong = reverse("syncing:marketo-webhook", args=["wrong"])
    assert marketo_server.post(wrong, {"id": "1"}).status_code == 404
    assert not DirtyLead.objects.exists()


def test_without_a_connection_there_is_no_webhook(marketo_server, db):
    anything = reverse("syncing:marketo-webhook", args=["x"])
    assert marketo_server.post(anything, {"id": "1"}).status_code == 404


def test_reading_is_not_allowed(marketo_server, url):
    assert marketo_server.get(url).status_code == 405


@pytest.mark.parametrize("value", ["", "abc", "-1", "0", "1.5", "9" * 30, "٣", str(2**63)])
def test_what_is_no_id_is_refused_in_words(marketo_server, url, value):
    response = marketo_server.post(url, {"id": value})
    assert response.status_code == 400
    assert "{{lead.Id}}" in response.json()["error"]


@pytest.mark.parametrize("body", ["{", "[1]", "17", "null", "[" * 5000])
def test_what_is_no_json_object_is_refused_in_words(marketo_server, url, body):
    response = marketo_server.post(url, body, content_type=JSON)
    assert response.status_code == 400
    assert "JSON" in response.json()["error"]


def test_a_large_body_is_refused(marketo_server, url):
    response = marketo_server.post(url, {"id": "1", "rest": "x" * 70_000})
    assert response.status_code == 400
    assert not DirtyLead.objects.exists()
