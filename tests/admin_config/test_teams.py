import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.errors import Refused
from admin_config.models import AuditEvent, Team, User
from admin_config.teams.services import create_team
from people.models import Group
from tests.admin_config.concurrency import at_once
from tests.factories import make_admin, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return Team.objects.create(name="EMEA")


def post(client, view, team, **data):
    return client.post(reverse(f"settings:{view}", args=[team.pk]), data, follow=True)


def test_every_new_user_is_in_everyone():
    user = make_user()

    assert [team.name for team in user.teams.all()] == ["Everyone"]


def test_create_team_and_choose_its_members(admin_client, seller):
    admin_client.post(reverse("settings:teams"), {"name": "EMEA"})
    team = Team.objects.get(name="EMEA")

    response = post(admin_client, "team-members", team, members=[seller.pk])

    assert "The members of EMEA are saved." in response.content.decode()
    assert list(team.members.all()) == [seller]


def test_same_name_in_another_case_is_refused(admin_client, team):
    response = admin_client.post(reverse("settings:teams"), {"name": "emea"})

    assert "There is already a team with this name." in response.content.decode()
    assert Team.objects.count() == 2


def test_rename_team(admin_client, team):
    post(admin_client, "team-rename", team, name="Europe")

    team.refresh_from_db()
    assert team.name == "Europe"


def test_rename_to_the_same_name_changes_nothing(admin_client, team):
    post(admin_client, "team-rename", team, name="EMEA")

    assert not AuditEvent.objects.exists()


def test_rename_to_a_taken_name_is_refused(admin_client, team):
    Team.objects.create(name="Asia")

    response = post(admin_client, "team-rename", team, name="ASIA")

    assert "There is already a team with this name." in response.content.decode()


def test_twenty_teams_are_the_limit(admin_client):
    for number in range(Team.MAX_TEAMS - Team.objects.count()):
        Team.objects.create(name=f"Team {number}")

    response = admin_client.post(reverse("settings:teams"), {"name": "One more"})

    assert "There can be 20 teams." in response.content.decode()
    assert Team.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_exceed_the_limit_together(monkeypatch):
    ann, bob = make_admin(), make_admin()
    monkeypatch.setattr(Team, "MAX_TEAMS", 2)
    now = timezone.now()

    outcomes = at_once(
        lambda: create_team(name="A", by=ann, now=now),
        lambda: create_team(name="B", by=bob, now=now),
    )

    assert Team.objects.count() == 2
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


@pytest.mark.parametrize(
    ("view", "data"),
    [("team-rename", {"name": "All"}), ("team-members", {"members": []}), ("team-delete", {})],
)
def test_everyone_cannot_be_changed_or_deleted(admin_client, seller, view, data):
    everyone = Team.objects.everyone()

    response = post(admin_client, view, everyone, **data)

    assert "Everyone holds everybody" in response.content.decode()
    everyone.refresh_from_db()
    assert everyone.name == "Everyone"
    assert everyone.members.count() == User.objects.count()


def test_deleting_says_what_is_shared_and_keeps_it(admin_client, seller, team):
    group = Group.objects.create(owner=seller, name="Hot leads")
    group.teams.add(team)
    url = reverse("settings:team-delete", args=[team.pk])

    question = admin_client.get(url).content.decode()
    admin_client.post(url)

    assert "1 group is no longer shared with it" in question
    assert "Hot leads" in question
    assert not Team.objects.filter(name="EMEA").exists()
    assert Group.objects.filter(owner=seller, name="Hot leads").exists()


def test_team_changes_are_audited(admin_client, seller):
    admin_client.post(reverse("settings:teams"), {"name": "EMEA"})
    team = Team.objects.get(name="EMEA")
    post(admin_client, "team-members", team, members=[seller.pk])
    post(admin_client, "team-rename", team, name="Europe")
    post(admin_client, "team-delete", team)

    events = list(AuditEvent.objects.order_by("id").values_list("action", "details"))
    assert events == [
        ("TEAM_CREATED", {}),
        ("TEAM_MEMBERS_CHANGED", {"added": "sam@example.com", "removed": ""}),
        ("TEAM_RENAMED", {"name": ["EMEA", "Europe"]}),
        ("TEAM_DELETED", {"members": 1, "groups": 0}),
    ]


def test_deactivated_members_stay_selectable(admin_client, team):
    gone = make_user(is_active=False)
    gone.teams.add(team)

    response = admin_client.get(reverse("settings:team", args=[team.pk]))

    assert gone.name in response.content.decode()
