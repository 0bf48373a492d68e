from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from admin_config.api_tokens import create_api_token
from people.api.rate_limit import count_call
from tests.people.api.conftest import NOW, Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def limit_of_3(settings):
    settings.API_CALLS_PER_MINUTE = 3
    settings.API_REFUSALS_PER_MINUTE = 3


def limits(response):
    return [response.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]


def test_headers_count_down(api, clock, limit_of_3):
    first = limits(api.get())
    clock.shift(20)

    assert first == ["3", "2", "60"]
    assert limits(api.get()) == ["3", "1", "40"]


def test_one_call_too_many_is_told_when_to_come_back(api, clock, limit_of_3):
    for _ in range(3):
        assert api.get().status_code == 200
    clock.shift(15)

    response = api.get()

    assert response.status_code == 429
    assert response.json()["error"]["code"] == "throttled"
    assert response.headers["Retry-After"] == "45"
    assert limits(response) == ["3", "0", "45"]


def test_next_minute_starts_afresh(api, clock, limit_of_3):
    for _ in range(4):
        api.get()

    clock.shift(timedelta(minutes=1))

    assert limits(api.get()) == ["3", "2", "60"]


def test_every_answer_counts_and_carries_the_headers(api, limit_of_3):
    assert limits(api.get("people/1/"))[1] == "2"
    assert limits(api.get(limit="0"))[1] == "1"
    assert limits(api.client.post("/api/v1/people/"))[1] == "0"


def test_tokens_are_counted_apart_even_of_one_user(api, seller, limit_of_3):
    _token, secret = create_api_token(user=seller, name="Second", now=NOW)
    for _ in range(4):
        api.get()

    assert Api(secret).get().status_code == 200


def test_refused_tokens_are_counted_by_address(limit_of_3):
    guesser = Client(headers={"Authorization": "Token guess"})

    answers = [guesser.get("/api/v1/people/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].headers["Retry-After"] == "60"
    assert guesser.get("/api/v1/people/", REMOTE_ADDR="203.0.113.9").status_code == 401


def test_calls_without_a_token_are_counted_by_address(client, limit_of_3):
    codes = [client.get("/api/v1/people/").status_code for _ in range(4)]

    assert codes == [401, 401, 401, 429]


def test_guesser_cannot_lock_out_a_neighbour_with_a_token(api, client, limit_of_3):
    for _ in range(5):
        client.get("/api/v1/people/")

    assert api.get().status_code == 200


def test_address_cannot_be_made_up(client, limit_of_3):
    codes = [
        client.get(
            "/api/v1/people/", headers={"X-Forwarded-For": f"203.0.113.{number}"}
        ).status_code
        for number in range(4)
    ]

    assert codes[3] == 429


def test_calls_at_the_same_time_are_all_counted():
    with ThreadPoolExecutor(8) as threads:
        counted = threads.map(lambda _: count_call("racer", limit=100).used, range(200))

    assert sorted(counted) == list(range(1, 201))
