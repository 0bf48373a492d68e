import pytest

from tests.factories import make_admin, make_people, make_person, make_user

pytestmark = pytest.mark.django_db


def test_users_can_sign_in(client):
    assert client.login(email=make_user().email, password="Rail-Signal-9")
    assert make_admin().is_admin
    assert make_user(role="USER", email="Me@Example.com").email == "me@example.com"


def test_people_are_made_as_told():
    assert make_person(first_name="Zoë", removed_reason="DELETED").removed_reason == "DELETED"
    assert [person.company for person in make_people(3, company="Acme")] == ["Acme"] * 3
