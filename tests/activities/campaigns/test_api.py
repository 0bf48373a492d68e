from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from activities.campaigns.models import Campaign, Member
from admin_config.api_tokens import create_api_token
from admin_config.models import Team
from tests.activities.campaigns.conftest import NOW, add_email, add_members, make_campaign
from tests.activities.factories import make_channel
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


class Api:
    def __init__(self, user):
        _token, secret = create_api_token(user=user, name="Test", now=NOW)
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def get(self, path, **parameters):
        return self.client.get(f"/api/v1/campaigns/{path}", parameters)

    def post(self, path, data, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            f"/api/v1/campaigns/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture
def api(seller):
    return Api(seller)


@pytest.fixture
def ready(campaign):
    make_channel()
    add_email(campaign, option="AT_LAUNCH")
    return campaign


def ids(people):
    return [person.pk for person in people]


def test_the_list_has_own_and_shared_campaigns_newest_first(api, ready, other_seller):
    make_campaign(other_seller, "Private")
    shared = make_campaign(other_seller, "Shared")
    shared.teams.add(Team.objects.everyone())
    Campaign.objects.filter(pk=shared.pk).update(created_at=NOW + timedelta(days=1))

    results = api.get("").json()["results"]

    assert [campaign["name"] for campaign in results] == ["Shared", "Outreach"]
    assert results[1]["figures"] == {
        "people": 0,
        "running": 0,
        "replied": 0,
        "finished": 0,
        "successes": 0,
    }


def test_one_campaign_has_its_steps(api, ready):
    body = api.get(f"{ready.pk}/").json()

    (step,) = body["steps"]
    assert (step["day"], step["kind"], step["send_option"]) == (1, "email", "at_launch")
    assert body["skips_weekends"] is True


def test_somebody_elses_campaign_is_not_there(api, other_seller):
    campaign = make_campaign(other_seller)

    assert api.get(f"{campaign.pk}/").status_code == 404
    assert api.post(f"{campaign.pk}/members/", {"people": [1]}).status_code == 404


def test_people_are_added(api, ready):
    people = make_people(2)
    response = api.post(f"{ready.pk}/members/", {"people": ids(people)})

    assert response.status_code == 201
    body = response.json()
    assert {member["person"] for member in body["members"]} == set(ids(people))
    assert {member["state"] for member in body["members"]} == {"active"}
    assert body["problems"] == []


def test_a_start_may_be_given(api, ready):
    starts_at = (timezone.now() + timedelta(days=30)).replace(microsecond=0)
    while starts_at.weekday() > 4:
        starts_at += timedelta(days=1)
    people = ids(make_people(1))
    api.post(f"{ready.pk}/members/", {"people": people, "starts_at": starts_at.isoformat()})

    assert Member.objects.get().next_step_at == starts_at


def test_a_start_too_far_away_is_refused(api, ready):
    data = {"people": ids(make_people(1)), "starts_at": "9999-12-31T23:59:59+00:00"}
    response = api.post(f"{ready.pk}/members/", data)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "refused"


def test_the_same_request_with_a_key_adds_people_once(api, ready):
    data = {"people": ids(make_people(1))}
    first = api.post(f"{ready.pk}/members/", data, key="a")
    again = api.post(f"{ready.pk}/members/", data, key="a")

    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Member.objects.count() == 1


@pytest.mark.parametrize(("failing", "added"), [("refuse", 0), ("leave_out", 1), ("add", 2)])
def test_whoever_would_fail_is_told_and_treated_as_asked(api, ready, failing, added):
    good, bad = make_person(), make_person(email="")
    response = api.post(f"{ready.pk}/members/", {"people": ids([good, bad]), "failing": failing})

    assert Member.objects.count() == added
    if added:
        (problem,) = response.json()["problems"]
        assert (problem["person"], problem["code"]) == (bad.pk, "NO_ADDRESS")
    else:
        assert response.status_code == 400
        assert "has no email address" in response.json()["error"]["fields"]["people"][0]


def test_somebody_in_the_campaign_already_is_never_added_again(api, ready):
    (member,) = add_members(ready)
    data = {"people": [member.person_id, *ids(make_people(1))], "failing": "add"}
    response = api.post(f"{ready.pk}/members/", data)

    assert response.status_code == 201
    assert [problem["code"] for problem in response.json()["problems"]] == ["ALREADY_IN_CAMPAIGN"]
    assert Member.objects.count() == 2


def test_an_unknown_person_is_named(api, ready):
    response = api.post(f"{ready.pk}/members/", {"people": [987654]})

    assert response.status_code == 400
    assert "987654" in response.json()["error"]["fields"]["people"][0]


@pytest.mark.parametrize("people", [[], ["x"], None, list(range(1, 202))])
def test_what_is_no_list_of_people_is_refused(api, ready, people):
    assert api.post(f"{ready.pk}/members/", {"people": people}).status_code == 400


def test_members_are_listed_by_state(api, ready):
    members = add_members(ready, 3)
    Member.objects.filter(pk=members[0].pk).update(state="FINISHED", ended_at=NOW)

    found = api.get(f"{ready.pk}/members/", state="finished").json()["results"]

    assert [member["id"] for member in found] == [members[0].pk]
    assert found[0]["ended_at"] == "2026-11-24T10:00:00.000000Z"
    page = api.get(f"{ready.pk}/members/", limit=2).json()
    assert len(page["results"]) == 2
    assert page["next"]


def test_members_are_removed(api, ready):
    members = add_members(ready, 2)
    data = {"people": [members[0].person_id]}

    assert api.post(f"{ready.pk}/members/remove/", data).json() == {"removed": 1}
    assert api.post(f"{ready.pk}/members/remove/", data).json() == {"removed": 0}
    assert Member.objects.filter(state="REMOVED").count() == 1


def test_a_user_removes_only_their_own_members_and_an_admin_all(api, ready, other_seller, admin):
    (member,) = add_members(ready, seller=other_seller)
    data = {"people": [member.person_id]}

    assert api.post(f"{ready.pk}/members/remove/", data).json() == {"removed": 0}
    assert Api(admin).post(f"{ready.pk}/members/remove/", data).json() == {"removed": 1}
    member.refresh_from_db()
    assert member.state == "STOPPED"
