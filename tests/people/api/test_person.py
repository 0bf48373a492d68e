import pytest

from people.models import Person
from syncing.people_sync.load import merge_people
from tests.factories import make_person, person_row
from tests.people.api.conftest import NOW

pytestmark = pytest.mark.django_db


def detail(api, person, **options):
    return api.get(f"people/{person.pk}/", **options)


def test_person_is_found_by_id(api):
    person = make_person(email="ann@example.com")
    make_person()

    shown = detail(api, person).json()

    assert (shown["id"], shown["email"]) == (person.pk, "ann@example.com")
    assert shown == api.get().json()["results"][0]


def test_removed_person_is_found_as_a_tombstone(api):
    person = make_person(removed_reason="DELETED")

    shown = detail(api, person).json()

    assert (shown["state"], shown["removed_reason"]) == ("removed", "deleted")


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_unknown_person_is_not_found(api, number):
    response = api.get(f"people/{number}/")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_only_the_fields_asked_for_are_sent(api):
    person = make_person()

    assert list(detail(api, person, fields="state,id").json()) == ["id", "state"]
    assert detail(api, person, fields="nope").status_code == 400


def test_list_parameters_are_unknown_here(api):
    response = detail(api, make_person(), limit="5")

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["limit"]


def test_consumer_with_the_current_etag_gets_304_and_nothing_else(api):
    person = make_person()
    etag = detail(api, person).headers["ETag"]

    response = detail(api, person, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize("sent", ["W/{etag}", '"other", {etag}', "*"])
def test_etag_is_known_in_every_form_it_may_come_back(api, sent):
    person = make_person()
    etag = detail(api, person).headers["ETag"]

    response = detail(api, person, headers={"If-None-Match": sent.format(etag=etag)})

    assert response.status_code == 304


@pytest.mark.parametrize("sent", ["", '"other"', "nonsense", '"'])
def test_consumer_with_another_etag_gets_the_person(api, sent):
    person = make_person()

    response = detail(api, person, headers={"If-None-Match": sent})

    assert response.status_code == 200
    assert response.json()["id"] == person.pk


def test_compressed_answer_has_an_etag_that_is_known_again(api):
    person = make_person(company="x" * 255)
    compressed = detail(api, person, headers={"Accept-Encoding": "gzip"})

    again = detail(api, person, headers={"If-None-Match": compressed.headers["ETag"]})

    assert compressed.headers["Content-Encoding"] == "gzip"
    assert again.status_code == 304


def test_etag_changes_with_the_person_and_with_the_fields(api):
    person = make_person(marketo_id=5, title="Buyer")
    before = detail(api, person).headers["ETag"]

    merge_people([person_row(marketo_id=5, title="Chief Buyer")], now=NOW)

    after = detail(api, person).headers["ETag"]
    assert len({before, after, detail(api, person, fields="id").headers["ETag"]}) == 3
    assert detail(api, person, headers={"If-None-Match": before}).status_code == 200


def test_head_is_get_without_the_body(api):
    person = make_person()

    response = api.client.head(f"/api/v1/people/{person.pk}/")

    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["ETag"] == detail(api, person).headers["ETag"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", ["people/", "people/{pk}/"])
def test_people_cannot_be_written_and_the_answer_says_why(api, method, path):
    person = make_person()

    response = getattr(api.client, method)(f"/api/v1/{path.format(pk=person.pk)}")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json() == {
        "error": {
            "code": "method_not_allowed",
            "message": "People come from Marketo and are read-only here. Change them in Marketo.",
            "fields": {},
        }
    }
    assert list(Person.objects.values("first_name", "updated_at")) == [
        {"first_name": person.first_name, "updated_at": person.updated_at}
    ]
