import pytest
from django.utils import timezone

from admin_config.errors import Refused
from admin_config.invitations.services import accept, invite
from admin_config.models import Invitation, User
from tests.admin_config.concurrency import at_once
from tests.factories import make_admin

pytestmark = pytest.mark.django_db(transaction=True)

NEWCOMER = {
    "first_name": "Nia",
    "last_name": "Newcomer",
    "time_zone": "Europe/Berlin",
    "password": "Rail-Signal-9",
}


def test_link_clicked_twice_at_once_makes_one_account():
    admin = make_admin()
    now = timezone.now()
    (link,) = invite(emails=["nia@example.com"], role="USER", teams=[], by=admin, now=now)

    outcomes = at_once(
        lambda: accept(secret=link.secret, **NEWCOMER, now=now),
        lambda: accept(secret=link.secret, **NEWCOMER, now=now),
    )

    assert User.objects.filter(email="nia@example.com").count() == 1
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


def test_two_admins_inviting_at_once_do_not_overbook_the_seats(monkeypatch):
    ann, bob = make_admin(), make_admin()
    monkeypatch.setattr(User, "MAX_SEATS", 3)
    now = timezone.now()

    outcomes = at_once(
        lambda: invite(emails=["a@example.com"], role="USER", teams=[], by=ann, now=now),
        lambda: invite(emails=["b@example.com"], role="USER", teams=[], by=bob, now=now),
    )

    assert Invitation.objects.count() == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
