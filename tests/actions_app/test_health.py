import pytest
from django.core.cache import caches


@pytest.mark.django_db
def test_health_answers_without_signing_in(client):
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_health_fails_when_redis_is_gone(client, settings):
    caches.close_all()
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }
    client.raise_request_exception = False
    assert client.get("/health/").status_code == 500
