import pytest

from people.models import Unsubscribe
from people.unsubscribes import is_unsubscribed, resubscribe, unsubscribe
from tests.activities.logged import NOW
from tests.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/unsubscribes/"
LINK = Unsubscribe.Source.CLICKED_LINK


@pytest.fixture
def person(db):
    return make_person(email="Ann@example.com")


def post(api, body, **headers):
    return api.client.post(URL, body, content_type="application/json", headers=headers)


def ids(api, **parameters):
    return [one["id"] for one in api.get("unsubscribes/", **parameters).json()["results"]]


def test_a_person_is_unsubscribed(api, person, seller):
    response = post(api, {"person": person.pk, "reason": "Told us on the phone"})

    row = Unsubscribe.objects.get()
    assert response.status_code == 201
    assert is_unsubscribed(person)
    body = response.json()
    assert body.pop("unsubscribed_at")
    assert body == {
        "id": row.pk,
        "person": person.pk,
        "email": "ann@example.com",
        "source": "manual",
        "reason": "Told us on the phone",
        "unsubscribed_by": seller.email,
        "resubscribed_at": None,
    }


def test_who_is_unsubscribed_already_stays_as_it_was(api, person):
    unsubscribe(person=person, source=LINK, now=NOW)

    response = post(api, {"person": person.pk, "reason": "Again"})

    assert response.status_code == 200
    assert (response.json()["source"], response.json()["reason"]) == ("clicked_link", None)
    assert Unsubscribe.objects.count() == 1


def test_the_same_request_with_its_key_gets_the_same_answer(api, person):
    body = {"person": person.pk, "reason": "Told us"}

    first, second = (post(api, body, **{"Idempotency-Key": "u-1"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x"}, "person"),
        ({"person": 987_654, "reason": "x"}, "person"),
        ({"reason": ""}, "reason"),
        ({}, "reason"),
        ({"reason": "x\x00"}, "reason"),
    ],
)
def test_what_is_wrong_is_named(api, person, body, field):
    response = post(api, {"person": person.pk} | body if field == "reason" else body)

    assert response.status_code == 400
    assert set(response.json()["error"]["fields"]) == {field}
    assert not Unsubscribe.objects.exists()


def test_the_list_has_everybodys_newest_first_and_those_that_ended(api, admin, person):
    other = make_person()
    unsubscribe(person=person, source=LINK, now=NOW)
    resubscribe(person=person, by=admin, reason="Signed up again", now=NOW)
    unsubscribe(person=other, source=LINK, now=NOW)
    ended, holding = Unsubscribe.objects.order_by("pk")

    assert ids(api) == [holding.pk, ended.pk]
    assert ids(api, person=person.pk) == [ended.pk]
    assert ids(api, since="2199-01-01T00:00:00Z") == []
    first = api.get("unsubscribes/", limit=1).json()
    assert first["results"][0]["resubscribed_at"] is None
    assert api.follow(first["next"])["results"][0]["resubscribed_at"] is not None
