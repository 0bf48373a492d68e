from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from activities.emails.files import store_file
from activities.emails.models import Email, EmailLink
from activities.emails.sending import send_due
from admin_config.api_tokens import create_api_token
from tests.activities.factories import NOW, make_email, make_template
from tests.factories import make_person

pytestmark = pytest.mark.django_db
State = Email.State


class Api:
    def __init__(self, user):
        _token, secret = create_api_token(user=user, name="Test", now=NOW)
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def get(self, path="", **parameters):
        return self.client.get(f"/api/v1/emails/{path}", parameters)

    def send(self, key=None, **fields):
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            "/api/v1/emails/", fields, content_type="application/json", headers=headers
        )


@pytest.fixture
def api(seller, identity):
    return Api(seller)


TEXT = {"subject": "Pumps", "body_html": "<p>Hello {{first_name}}</p>"}


def test_an_email_is_sent(api, mail, channel):
    person = make_person(email="ann@example.com")

    response = api.send(person=person.pk, cc=["bob@example.com"], **TEXT)

    assert response.status_code == 201
    body = response.json()
    assert (body["state"], body["person"], body["sender"]) == (
        "scheduled",
        person.pk,
        "sam@example.com",
    )
    send_due(now=timezone.now())
    body = api.get(f"{body['id']}/").json()
    assert (body["state"], body["reason"], body["to"]) == ("sent", None, "ann@example.com")
    assert body["from"] == "Sam Seller <sam@example.com>"
    assert body["sent_text"].startswith("Hello Ann\n")
    assert body["message_id"] in mail.message("bob@example.com").mime["Message-ID"]


def test_an_email_is_scheduled(api):
    at = timezone.now() + timedelta(days=1)

    body = api.send(person=make_person().pk, scheduled_for=at.isoformat(), **TEXT).json()

    assert body["state"] == "scheduled"
    assert body["scheduled_for"] == body["next_attempt_at"]
    assert Email.objects.get().scheduled_for == at


def test_a_template_gives_what_is_not_said(api, seller):
    template = make_template(seller, is_non_commercial=True)
    file = store_file(owner=seller, name="terms.pdf", content=b"%PDF", now=NOW)
    template.files.add(file)

    body = api.send(person=make_person().pk, template=template.pk, subject="Mine").json()

    assert body["subject"] == "Mine"
    assert body["body_html"] == template.body_html
    assert body["template"] == template.pk
    assert body["is_non_commercial"] is True
    assert Email.objects.get().files.get().file == file


def test_the_same_request_with_its_key_sends_once(api):
    asked = {"person": make_person().pk, **TEXT}

    first, second = (api.send(key="order-7", **asked) for _ in range(2))

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Email.objects.count() == 1


def test_what_is_not_right_is_named(api):
    person = make_person().pk
    cases = [
        (TEXT, "person"),
        ({"person": person, **TEXT, "scheduled_for": "soon"}, "scheduled_for"),
        ({"person": person, **TEXT, "cc": "bob@example.com"}, "cc"),
        ({"person": person, "subject": "a\0b", "body_html": "x"}, "subject"),
    ]
    for asked, field in cases:
        response = api.send(**asked)
        assert response.status_code == 400, asked
        assert field in response.json()["error"]["fields"]
    assert not Email.objects.exists()


def test_what_cannot_be_done_is_refused_in_words(api, other_seller):
    person = make_person().pk
    foreign = make_template(other_seller).pk
    cases = [
        ({"person": 987654, **TEXT}, "There is no person with this id."),
        ({"person": person, "template": foreign}, "There is no template with this id"),
        ({"person": person}, "Write a subject first."),
        ({"person": person, "subject": "x"}, "Write something first."),
        ({"person": person, "cc": ["bob"], **TEXT}, "“bob” is not an email address."),
    ]
    for asked, words in cases:
        response = api.send(**asked)
        assert response.status_code == 409, asked
        assert words in response.json()["error"]["message"]
    assert not Email.objects.exists()


def test_the_bad_one_of_a_list_is_named(api):
    response = api.send(person=make_person().pk, cc=["bob@example.com", None], **TEXT)

    assert response.status_code == 400
    assert response.json()["error"]["fields"] == {"cc": ["1: This field may not be null."]}


def test_sellers_see_their_own_and_admins_all(api, seller, other_seller, admin):
    own, foreign = make_email(seller), make_email(other_seller)
    make_email(seller, deleted_at=NOW)

    assert [email["id"] for email in api.get().json()["results"]] == [own.pk]
    assert api.get(f"{foreign.pk}/").status_code == 404
    admins = Api(admin)
    assert {email["id"] for email in admins.get().json()["results"]} == {own.pk, foreign.pk}
    assert admins.get(f"{foreign.pk}/").status_code == 200


def test_the_list_is_filtered_and_paged_newest_first(api, seller):
    person = make_person()
    emails = [
        make_email(seller, person, created_at=NOW + timedelta(minutes=minute))
        for minute in range(3)
    ]
    make_email(seller, created_at=NOW + timedelta(hours=1), state=State.SENT)

    page = api.get(person=person.pk, limit=2).json()
    rest = api.client.get(page["next"].removeprefix("http://testserver")).json()

    assert [email["id"] for email in page["results"]] == [emails[2].pk, emails[1].pk]
    assert [email["id"] for email in rest["results"]] == [emails[0].pk]
    assert len(api.get(state="sent").json()["results"]) == 1
    since = (NOW + timedelta(minutes=2)).isoformat()
    assert len(api.get(since=since).json()["results"]) == 2
    assert api.get(state="lost").status_code == 400


def test_the_detail_tells_of_the_tracking(api, seller):
    email = make_email(seller, state=State.SENT, views=3, clicks=2, replies=1)
    EmailLink.objects.create(email=email, position=1, url="https://pumps.example.com/", clicks=2)

    body = api.get(f"{email.pk}/").json()

    assert (body["views"], body["clicks"], body["replies"]) == (3, 2, 1)
    assert body["links"] == [{"url": "https://pumps.example.com/", "clicks": 2}]


def test_the_list_asks_the_same_however_many_there_are(api, seller, django_assert_max_num_queries):
    for _ in range(20):
        make_email(seller)

    with django_assert_max_num_queries(8):
        assert len(api.get().json()["results"]) == 20


def test_without_a_token_nothing_is_told(client):
    assert client.get("/api/v1/emails/").status_code == 401


def test_a_misspelt_field_is_named_and_nothing_is_written(api):
    response = api.send(person=make_person().pk, subject="a", html="<p>x</p>")

    assert response.status_code == 400
    assert response.json()["error"]["fields"] == {"html": ["There is no such field."]}
    assert not Email.objects.exists()
