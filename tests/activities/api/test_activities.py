from datetime import timedelta

import pytest
from django.utils import timezone

from activities.destinations import DeliveryReport
from activities.recording import Kind
from syncing.people_sync.removals import merge_losers
from tests.activities.logged import NOW, log
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db


def found(api, **parameters):
    """The subjects of all pages, in order."""
    page = api.get("activities/", **parameters).json()
    subjects = [activity["subject"] for activity in page["results"]]
    while page["next"]:
        page = api.follow(page["next"])
        subjects += [activity["subject"] for activity in page["results"]]
    return subjects


def test_an_activity_tells_all_about_itself(api, seller, reported):
    person = make_person()
    activity = log(person, seller, kind=Kind.CALL_RECEIVED, subject="Interested")
    report = DeliveryReport("MARKETO", "Marketo", "delivered", "4711", NOW, "")
    reported.append((activity.uuid, report))

    (shown,) = api.get("activities/").json()["results"]

    assert shown == {
        "uuid": str(activity.uuid),
        "kind": "call_received",
        "person": person.pk,
        "actor": "sam@example.com",
        "occurred_at": "2026-03-04T10:30:00.000000Z",
        "recorded_at": "2026-03-04T10:30:00.000000Z",
        "subject": "Interested",
        "details": {
            "made_by": "sam@example.com",
            "status": "completed",
            "outcome": "Interested",
            "reason": None,
            "phone_number": None,
            "duration_seconds": None,
            "answered_by": None,
            "recording_url": None,
            "campaign_name": None,
            "campaign_url": None,
        },
        "deliveries": [
            {
                "destination": "marketo",
                "state": "delivered",
                "remote_id": "4711",
                "at": "2026-03-04T10:30:00.000000Z",
                "reason": None,
            }
        ],
    }


def test_pages_hold_everything_newest_first(api, seller):
    person = make_person()
    for minutes in range(7):
        log(person, seller, subject=str(minutes), occurred_at=NOW + timedelta(minutes=minutes))

    assert found(api, limit=3) == list("6543210")


def test_previous_leads_back(api, seller):
    person = make_person()
    for minutes in range(5):
        log(person, seller, subject=str(minutes), occurred_at=NOW + timedelta(minutes=minutes))

    first = api.get("activities/", limit=2).json()
    third = api.follow(api.follow(first["next"])["next"])
    back = api.follow(third["previous"])

    assert [activity["subject"] for activity in back["results"]] == ["2", "1"]


def test_filters(api, seller):
    ann, bob, olga = make_person(), make_person(), make_user(email="olga@example.com")
    log(ann, seller, subject="ann's email")
    log(bob, seller, subject="bob's email")
    log(bob, olga, subject="bob's call", kind=Kind.CALL_RECEIVED)
    log(ann, olga, subject="later", occurred_at=NOW + timedelta(days=1))

    assert set(found(api, person=ann.pk)) == {"later", "ann's email"}
    assert found(api, kind="call_received") == ["bob's call"]
    assert set(found(api, actor="Olga@example.com")) == {"later", "bob's call"}
    assert found(api, since="2026-03-05T00:00:00Z") == ["later"]
    assert found(api, person=bob.pk, actor="sam@example.com") == ["bob's email"]
    assert found(api, person=123456789) == []


def test_a_person_has_the_activities_of_whoever_was_merged_into_them(api, seller):
    winner, loser = make_person(), make_person()
    log(loser, seller, subject="before")
    merge_losers({loser.marketo_id: winner.marketo_id}, now=timezone.now())

    assert found(api, person=winner.pk) == ["before"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("kind", "EMAIL_SENT"),
        ("kind", "letter"),
        ("person", "ann"),
        ("person", "0"),
        ("since", "yesterday"),
        ("limit", "1001"),
        ("page", "2"),
        ("actor", "\x00"),
    ],
)
def test_what_makes_no_sense_is_named(api, parameter, value):
    response = api.get("activities/", **{parameter: value})

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [parameter]


def test_a_cursor_that_is_none_is_not_found(api):
    assert api.get("activities/", cursor="abc").status_code == 404


def test_a_page_takes_few_queries(api, seller, reported, django_assert_max_num_queries):
    people = [make_person() for _ in range(3)]
    for person in people:
        log(person, seller)

    # The token twice, the activities, and one for each destination.
    with django_assert_max_num_queries(4):
        api.get("activities/")


def test_the_log_cannot_be_written(api):
    response = api.client.post("/api/v1/activities/", {}, content_type="application/json")

    assert response.status_code == 405
