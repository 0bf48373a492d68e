from datetime import timedelta

import pytest

from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder, skip_reminder
from admin_config.api_tokens import create_api_token
from admin_config.models import Team
from people.models import Group
from tests.activities.logged import NOW
from tests.factories import make_person, make_user
from tests.people.api.conftest import Api

pytestmark = pytest.mark.django_db
URL = "/api/v1/reminders/"
DUE = "2026-12-01T09:30:00Z"


@pytest.fixture
def person(db):
    return make_person()


def api_of(user):
    return Api(create_api_token(user=user, name="Test", now=NOW)[1])


def send(api, method, body=None, pk=None, **headers):
    url = f"{URL}{pk}/" if pk else URL
    call = getattr(api.client, method)
    return call(url, body, content_type="application/json", headers=headers)


def remind(owner, **fields):
    defaults = {"kind": Reminder.Kind.CALL, "subject": "Ask for a date", "due_at": NOW, "now": NOW}
    return create_reminder(owner=owner, **(defaults | fields))


def reasons(response):
    assert response.status_code == 400
    return response.json()["error"]["fields"]


def share(person, *, team_name, owner, members):
    """A group with the person, shared with a team of these members."""
    team = Team.objects.create(name=team_name)
    team.members.set(members)
    group = Group.objects.create(owner=owner, name=team_name)
    group.teams.add(team)
    group.people.add(person)


def test_a_reminder_is_created_and_read(api, person, seller):
    response = send(
        api,
        "post",
        {
            "person": person.pk,
            "name": "Ask for a date",
            "type": "call",
            "priority": "high",
            "due_at": DUE,
            "details": "After ten",
        },
    )

    assert response.status_code == 201
    reminder = Reminder.objects.get()
    body = response.json()
    assert body["created_at"] == body["updated_at"]
    assert body == {
        "id": reminder.pk,
        "person": person.pk,
        "name": "Ask for a date",
        "type": "call",
        "status": "open",
        "priority": "high",
        "due_at": "2026-12-01T09:30:00.000000Z",
        "details": "After ten",
        "assignee": "sam@example.com",
        "campaign": None,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "closed_at": None,
    }
    assert reminder.owner == seller
    assert api.get(f"reminders/{reminder.pk}/").json() == body


def test_the_least_there_is_to_say_is_a_name_and_when(api):
    body = send(api, "post", {"name": "Tidy up", "due_at": DUE}).json()

    assert (body["person"], body["type"], body["priority"]) == (None, "custom", "normal")


def test_the_same_request_with_its_key_creates_it_once(api):
    key = {"Idempotency-Key": "r-1"}
    body = {"name": "Tidy up", "due_at": DUE}

    first, second = (send(api, "post", body, **key) for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"due_at": DUE}, "name"),
        ({"name": "Call"}, "due_at"),
        ({"name": "Call", "due_at": DUE, "type": "fax"}, "type"),
        ({"name": "Call", "due_at": DUE, "priority": "low"}, "priority"),
        ({"name": "Call", "due_at": DUE, "person": 987_654}, "person"),
        ({"name": "Call", "due_at": DUE, "assignee": "nobody@example.com"}, "assignee"),
        ({"name": "x\x00", "due_at": DUE}, "name"),
        ({"name": "Call", "due_at": "0639-07-29T14:12:55Z"}, "due_at"),
    ],
)
def test_what_is_wrong_is_named(api, body, field):
    assert set(reasons(send(api, "post", body))) == {field}
    assert not Reminder.objects.exists()


def test_a_person_who_left_gets_no_new_reminder(api):
    gone = make_person(removed_reason="DELETED")

    response = send(api, "post", {"person": gone.pk, "name": "Call", "due_at": DUE})

    assert "person" in reasons(response)


def test_a_teammate_is_given_one_about_somebody_in_a_group_both_see(api, person, seller):
    mate = make_user(email="mate@example.com")
    body = {"person": person.pk, "name": "Call", "due_at": DUE, "assignee": "Mate@example.com"}
    assert "assignee" in reasons(send(api, "post", body))

    share(person, team_name="West", owner=seller, members=[seller, mate])

    assert send(api, "post", body).json()["assignee"] == "mate@example.com"
    assert "assignee" in reasons(send(api, "post", body | {"person": make_person().pk}))


def test_somebody_who_sees_none_of_the_groups_is_no_teammate(api, person, seller):
    stranger = make_user()
    share(person, team_name="West", owner=seller, members=[seller])
    share(person, team_name="East", owner=stranger, members=[stranger])

    body = {"person": person.pk, "name": "Call", "due_at": DUE, "assignee": stranger.email}

    assert "assignee" in reasons(send(api, "post", body))


def test_an_admin_gives_reminders_to_everybody(admin, seller):
    body = {"name": "Call", "due_at": DUE, "assignee": seller.email}

    assert send(api_of(admin), "post", body).json()["assignee"] == seller.email


def test_it_is_changed_field_by_field(api, seller):
    reminder = remind(seller, notes="Old")

    body = send(api, "patch", {"name": "Ask again", "priority": "high"}, reminder.pk).json()

    assert (body["name"], body["priority"], body["details"]) == ("Ask again", "high", "Old")
    reminder.refresh_from_db()
    assert (reminder.subject, reminder.updated_at > NOW) == ("Ask again", True)


def test_a_change_that_changes_nothing_leaves_it_untouched(api, seller):
    reminder = remind(seller)

    body = send(api, "patch", {"name": reminder.subject, "assignee": seller.email}, reminder.pk)

    assert body.json()["updated_at"] == body.json()["created_at"]


def test_it_is_completed_and_reopened(api, seller):
    reminder = remind(seller)

    done = send(api, "patch", {"status": "complete"}, reminder.pk).json()
    again = send(api, "patch", {"status": "complete"}, reminder.pk).json()
    back = send(api, "patch", {"status": "open"}, reminder.pk).json()

    assert done["status"] == "complete"
    assert again["closed_at"] == done["closed_at"]
    assert (back["status"], back["closed_at"]) == ("open", None)


def test_it_is_handed_to_a_teammate_and_seen_by_them_instead(api, person, seller):
    mate = make_user()
    share(person, team_name="West", owner=seller, members=[seller, mate])
    reminder = remind(seller, person=person)

    response = send(api, "patch", {"assignee": mate.email}, reminder.pk)

    assert response.json()["assignee"] == mate.email
    assert api.get(f"reminders/{reminder.pk}/").status_code == 404
    assert api_of(mate).get(f"reminders/{reminder.pk}/").status_code == 200


def test_a_refused_change_changes_nothing_at_all(api, seller):
    reminder = remind(seller)

    response = send(api, "patch", {"name": "New", "assignee": "x@example.com"}, reminder.pk)

    assert "assignee" in reasons(response)
    reminder.refresh_from_db()
    assert reminder.subject == "Ask for a date"


def test_a_deleted_one_is_gone_for_the_api_and_can_be_brought_back_here(api, seller):
    reminder = remind(seller)

    assert send(api, "delete", pk=reminder.pk).status_code == 204

    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.DELETED
    assert api.get("reminders/").json()["results"] == []
    for method in ("get", "patch", "delete"):
        assert send(api, method, {}, reminder.pk).status_code == 404


def test_a_completed_one_is_deleted_too(api, seller):
    reminder = remind(seller)
    send(api, "patch", {"status": "complete"}, reminder.pk)

    assert send(api, "delete", pk=reminder.pk).status_code == 204
    assert api.get(f"reminders/{reminder.pk}/").status_code == 404


def test_somebody_elses_is_not_there_except_for_admins(api, seller, admin, other_seller):
    theirs = remind(other_seller)

    for method in ("get", "patch", "delete"):
        assert send(api, method, {"name": "x"}, theirs.pk).status_code == 404
    assert api.get("reminders/").json()["results"] == []

    admins = api_of(admin)
    assert [one["id"] for one in admins.get("reminders/").json()["results"]] == [theirs.pk]
    assert (
        send(admins, "patch", {"name": "Now"}, theirs.pk).json()["assignee"] == theirs.owner.email
    )


def test_the_list_is_filtered_and_paged(api, seller, person):
    first = remind(seller, person=person)
    second = remind(seller, due_at=NOW + timedelta(days=1))
    third = remind(seller, due_at=NOW + timedelta(days=2))
    skip_reminder(reminder=second, now=NOW)

    def ids(**parameters):
        return [one["id"] for one in api.get("reminders/", **parameters).json()["results"]]

    assert ids() == [third.pk, second.pk, first.pk]
    assert ids(status="open") == [third.pk, first.pk]
    assert ids(status="skipped") == [second.pk]
    assert ids(person=person.pk) == [first.pk]
    assert ids(assignee="SAM@example.com") == [third.pk, second.pk, first.pk]
    page = api.get("reminders/", limit=2).json()
    assert [one["id"] for one in api.follow(page["next"])["results"]] == [first.pk]
    assert reasons(api.get("reminders/", state="open")) == {
        "state": ["There is no such parameter."]
    }
