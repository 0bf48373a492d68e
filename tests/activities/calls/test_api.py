from datetime import timedelta

import pytest
from django.utils import timezone

from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from activities.calls.services import log_call
from activities.models import Activity
from admin_config.api_tokens import create_api_token
from tests.activities.logged import NOW
from tests.factories import make_person, make_user
from tests.people.api.conftest import Api

pytestmark = pytest.mark.django_db
URL = "/api/v1/calls/"


@pytest.fixture
def person(db):
    return make_person()


def post(api, body, **headers):
    return api.client.post(URL, body, content_type="application/json", headers=headers)


def fields_of(response):
    assert response.status_code == 400
    return response.json()["error"]["fields"]


def test_a_call_is_logged_and_becomes_an_activity(api, person, seller):
    ask = CallSettings.Ask.REQUIRED
    CallSettings.objects.create(pk=1, outcomes=ask, reasons=ask)
    CallOutcome.objects.create(name="Interested", is_answered=True)
    CallReason.objects.create(name="Renewal")

    response = post(
        api,
        {
            "person": person.pk,
            "status": "completed",
            "outcome": "interested",
            "reason": "Renewal",
            "phone_number": "(415) 555-0100",
            "called_at": "2026-03-04T10:30:00Z",
            "duration_seconds": 133,
            "notes": "Wants a price",
            "answered_by": "Ann",
            "recording_url": "https://calls.example.com/1",
        },
    )

    activity, call = Activity.objects.get(), Call.objects.get()
    assert response.status_code == 201
    body = response.json()
    assert body.pop("logged_at") is not None
    assert body == {
        "id": call.pk,
        "activity": str(activity.uuid),
        "person": person.pk,
        "caller": "sam@example.com",
        "status": "completed",
        "outcome": "Interested",
        "reason": "Renewal",
        "phone_number": "+1 415-555-0100",
        "called_at": "2026-03-04T10:30:00.000000Z",
        "duration_seconds": 133,
        "notes": "Wants a price",
        "answered_by": "Ann",
        "recording_url": "https://calls.example.com/1",
        "campaign": None,
    }
    assert (activity.kind, activity.subject, activity.actor) == (
        "CALL_RECEIVED",
        "Interested",
        seller,
    )


def test_little_is_enough(api, person):
    response = post(api, {"person": person.pk, "status": "no_answer"})

    assert response.status_code == 201
    assert Activity.objects.get().details["status"] == "no answer"


def test_the_same_key_logs_a_call_once(api, person):
    body = {"person": person.pk, "status": "completed"}

    first = post(api, body, **{"Idempotency-Key": "crm-4711"})
    again = post(api, body, **{"Idempotency-Key": "crm-4711"})
    other = post(api, {**body, "notes": "x"}, **{"Idempotency-Key": "crm-4711"})

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
    assert Call.objects.count() == Activity.objects.count() == 1


def test_a_call_that_was_refused_may_be_sent_again_with_its_key(api, person):
    key = {"Idempotency-Key": "crm-4711"}
    assert post(api, {"person": person.pk, "status": "fine"}, **key).status_code == 400

    assert post(api, {"person": person.pk, "status": "completed"}, **key).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": 123456789}, "person"),
        ({"person": "ann"}, "person"),
        ({"status": "fine"}, "status"),
        ({"outcome": "Unknown"}, "outcome"),
        ({"reason": "Unknown"}, "reason"),
        ({"called_at": "yesterday"}, "called_at"),
        ({"called_at": "2999-01-01T00:00:00Z"}, "called_at"),
        ({"duration_seconds": -1}, "duration_seconds"),
        ({"duration_seconds": 86_401}, "duration_seconds"),
        ({"recording_url": "ftp://calls.example.com"}, "recording_url"),
        ({"phone_number": "1" * 65}, "phone_number"),
        ({"notes": "\x00"}, "notes"),
    ],
)
def test_what_is_wrong_is_named(api, person, change, field):
    response = post(api, {"person": person.pk, "status": "completed", **change})

    assert list(fields_of(response)) == [field]
    assert not Call.objects.exists()


def test_what_the_admins_require_is_asked_for(api, person):
    CallSettings.objects.create(pk=1, outcomes="REQUIRED")

    response = post(api, {"person": person.pk, "status": "completed"})

    assert fields_of(response) == {"outcome": ["Choose one."]}


def test_whoever_has_left_is_not_called(api):
    gone = make_person(removed_reason="DELETED")

    assert "person" in fields_of(post(api, {"person": gone.pk, "status": "completed"}))


def log(person, caller, **fields):
    defaults = {"status": "COMPLETED", "called_at": NOW, "now": NOW}
    return log_call(person=person, caller=caller, **(defaults | fields))


def notes_on(api, **parameters):
    return [call["notes"] for call in api.get("calls/", **parameters).json()["results"]]


def test_a_user_lists_their_own_calls_and_an_admin_all(api, admin, seller, person):
    log(person, seller, notes="sam's")
    log(person, make_user(), notes="olga's", called_at=NOW - timedelta(hours=1))
    _token, secret = create_api_token(user=admin, name="Test", now=NOW)

    assert notes_on(api) == ["sam's"]
    assert notes_on(Api(secret)) == ["sam's", "olga's"]


def test_only_logged_calls_are_listed_by_filters(api, seller, person):
    Call.objects.create(
        person=person, caller=seller, called_at=timezone.now(), created_at=timezone.now()
    )
    log(person, seller, notes="old", called_at=NOW - timedelta(days=9))
    log(person, seller, notes="missed", status="NO_ANSWER")
    log(make_person(), seller, notes="other")

    assert notes_on(api, person=person.pk) == ["missed", "old"]
    assert notes_on(api, status="no_answer") == ["missed"]
    assert set(notes_on(api, since="2026-03-01T00:00:00Z")) == {"missed", "other"}


def test_a_page_takes_few_queries(api, seller, django_assert_max_num_queries):
    for _ in range(5):
        log(make_person(), seller)

    # The token twice, the calls and their activities.
    with django_assert_max_num_queries(4):
        api.get("calls/")


def test_a_stranger_logs_nothing(client, person):
    response = client.post(URL, {"person": person.pk}, content_type="application/json")

    assert response.status_code == 401
