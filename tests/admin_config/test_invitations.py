import base64
import json
import smtplib
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from actions_app.celery import app
from admin_config.models import AuditEvent, Invitation, Team, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NEWCOMER = {
    "first_name": "Nia",
    "last_name": "Newcomer",
    "time_zone": "Europe/Berlin",
    "password": "Rail-Signal-9",
    "password_again": "Rail-Signal-9",
}


def send(client, **fields):
    data = {"emails": "nia@example.com", "role": "USER", **fields}
    return client.post(reverse("settings:invite"), data)


def link_path(response):
    """The path of the one link an answer shows."""
    ((_invitation, url),) = response.context["links"]
    return urlsplit(url).path


def messages_of_the_mail_queue():
    with Redis.from_url(settings.REDIS_URL) as redis:
        return [json.loads(message) for message in redis.lrange("mail", 0, -1)]


def work_off_the_mail_queue():
    """Do what a worker does with what waits in Redis."""
    for message in messages_of_the_mail_queue():
        args, kwargs, _embedded = json.loads(base64.b64decode(message["body"]))
        app.tasks[message["headers"]["task"]].apply(args, kwargs)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """What happens within is committed at its end."""
    return partial(django_capture_on_commit_callbacks, execute=True)


def test_invitation_is_shown_as_a_copyable_link_and_mailed_after_the_answer(admin_client, commits):
    with commits():
        response = send(admin_client)
    assert mail.outbox == []
    work_off_the_mail_queue()

    ((_invitation, url),) = response.context["links"]
    assert response.content.decode().count(url) == 2
    assert "We are mailing each link" in response.content.decode()
    (message,) = mail.outbox
    assert message.to == ["nia@example.com"]
    assert url in message.body
    assert "Ada Admin invites you" in message.body


def test_a_link_that_waits_to_be_mailed_lies_nowhere_in_clear(admin_client, commits):
    with commits():
        response = send(admin_client)

    (message,) = messages_of_the_mail_queue()
    secret = link_path(response).split("/")[-2]
    assert secret not in base64.b64decode(message["body"]).decode()
    assert secret not in json.dumps(message)


def test_a_link_replaced_or_revoked_meanwhile_is_not_mailed(admin_client, commits):
    with commits():
        send(admin_client)
        invitation = Invitation.objects.get()
        renewed = admin_client.post(reverse("settings:invitation-renew", args=[invitation.pk]))
        send(admin_client, emails="gone@example.com")
    Invitation.objects.filter(email="gone@example.com").update(revoked_at=timezone.now())
    work_off_the_mail_queue()

    (message,) = mail.outbox
    assert link_path(renewed) in message.body


def test_several_addresses_are_invited_at_once(admin_client, commits):
    with commits():
        response = send(
            admin_client, emails="a@example.com, b@example.com;\nc@example.com\ta@example.com"
        )
    work_off_the_mail_queue()

    assert [invitation.email for invitation, _url in response.context["links"]] == [
        "a@example.com",
        "b@example.com",
        "c@example.com",
    ]
    assert len(mail.outbox) == 3


def test_one_wrong_address_is_named_and_nobody_is_invited(admin_client):
    response = send(admin_client, emails="a@example.com, b.example.com")

    assert "b.example.com is not an email address." in response.content.decode()
    assert not Invitation.objects.exists()


def test_without_mail_the_page_says_that_the_link_must_be_passed_on(
    admin_client, settings, commits
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    form = admin_client.get(reverse("settings:invite")).content.decode()
    with commits():
        response = send(admin_client)

    assert "send mail, so the links are shown to you" in form
    assert "Copy the links now" in response.content.decode()
    assert "mailing" not in response.content.decode()
    assert messages_of_the_mail_queue() == []


class RefusingTwice(EmailBackend):
    refusals = 0

    def send_messages(self, messages):
        if RefusingTwice.refusals < 2:
            RefusingTwice.refusals += 1
            raise smtplib.SMTPServerDisconnected("gone")
        return super().send_messages(messages)


def test_a_mail_the_server_refuses_is_tried_again(admin_client, settings, commits):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingTwice"

    with commits():
        send(admin_client)
    work_off_the_mail_queue()

    assert RefusingTwice.refusals == 2
    assert len(mail.outbox) == 1


def test_accepting_creates_the_account_signs_in_and_uses_the_link_up(admin_client):
    team = Team.objects.create(name="EMEA")
    path = link_path(send(admin_client, role="ADMIN", teams=[team.pk]))
    browser = Client()
    assert "nia@example.com" in browser.get(path).content.decode()

    response = browser.post(path, NEWCOMER)

    assert response.url == reverse("people:list")
    user = User.objects.get(email="nia@example.com")
    assert user.is_admin
    assert user.name == "Nia Newcomer"
    assert user.time_zone == "Europe/Berlin"
    assert user.check_password("Rail-Signal-9")
    assert {team.name for team in user.teams.all()} == {"Everyone", "EMEA"}
    assert browser.get(reverse("settings:profile")).status_code == 200
    assert Client().get(path).status_code == 410


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("Short-1", "too short"),
        ("rail-signal-9", "upper-case"),
        ("RAIL-SIGNAL-9", "lower-case"),
        ("Rail-Signal-x", "a digit"),
        ("RailSignal99", "special character"),
        ("Nia-Newcomer-1", "too similar"),
    ],
)
def test_weak_passwords_are_refused_in_words(admin_client, password, complaint):
    path = link_path(send(admin_client))
    data = {**NEWCOMER, "password": password, "password_again": password}

    response = Client().post(path, data)

    assert complaint in " ".join(response.context["form"].errors["password"])
    assert not User.objects.filter(email="nia@example.com").exists()


def test_different_passwords_are_refused(admin_client):
    path = link_path(send(admin_client))

    response = Client().post(path, {**NEWCOMER, "password_again": "Other-Signal-7"})

    assert "The two passwords differ." in response.content.decode()


def test_link_dies_after_seven_days(admin_client):
    path = link_path(send(admin_client))

    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        response = Client().post(path, NEWCOMER)

    assert response.status_code == 410
    assert "no longer valid" in response.content.decode()
    assert not User.objects.filter(email="nia@example.com").exists()


def test_revoked_link_is_refused(admin_client):
    path = link_path(send(admin_client))
    invitation = Invitation.objects.get()

    admin_client.post(reverse("settings:invitation-revoke", args=[invitation.pk]))

    assert Client().post(path, NEWCOMER).status_code == 410


def test_new_link_replaces_the_old_one(admin_client):
    old = link_path(send(admin_client))
    invitation = Invitation.objects.get()

    renewed = admin_client.post(reverse("settings:invitation-renew", args=[invitation.pk]))

    assert Client().get(old).status_code == 410
    assert Client().get(link_path(renewed)).status_code == 200


def test_expired_invitation_can_be_renewed_and_sent_again(admin_client):
    send(admin_client)
    invitation = Invitation.objects.get()
    invitation.expires_at = timezone.now() - timedelta(seconds=1)
    invitation.save()
    assert "Expired" in admin_client.get(reverse("settings:users")).content.decode()

    renewed = admin_client.post(reverse("settings:invitation-renew", args=[invitation.pk]))

    assert Client().get(link_path(renewed)).status_code == 200


def test_accepted_invitation_cannot_be_renewed(admin_client):
    Client().post(link_path(send(admin_client)), NEWCOMER)
    invitation = Invitation.objects.get()

    response = admin_client.post(
        reverse("settings:invitation-renew", args=[invitation.pk]), follow=True
    )

    assert "already accepted or revoked" in response.content.decode()


def test_an_address_with_an_account_is_not_invited(admin_client, seller):
    response = send(admin_client, emails="SAM@example.com, nia@example.com")

    assert "already an account for sam@example.com" in response.content.decode()
    assert not Invitation.objects.exists()


def test_an_invited_address_is_not_invited_twice(admin_client):
    send(admin_client)

    response = send(admin_client, emails="NIA@example.com")

    assert "Already invited: nia@example.com" in response.content.decode()
    assert Invitation.objects.count() == 1


def test_account_made_meanwhile_in_another_way_is_not_made_twice(admin_client):
    path = link_path(send(admin_client))
    make_user(email="nia@example.com")

    response = Client().post(path, NEWCOMER)

    assert "already an account with this address" in response.content.decode()


def test_seats_limit_invitations(admin_client, monkeypatch):
    monkeypatch.setattr(User, "MAX_SEATS", 2)

    response = send(admin_client, emails="a@example.com b@example.com")

    assert "There are 1 free seats of 2, and this needs 2." in response.content.decode()
    assert not Invitation.objects.exists()


def test_only_the_hash_of_a_link_is_kept(admin_client):
    path = link_path(send(admin_client))

    secret = path.rstrip("/").rsplit("/", 1)[1]
    assert secret not in str(Invitation.objects.values().get())


def test_inviting_renewing_revoking_and_accepting_are_audited_without_the_secret(admin_client):
    path = link_path(send(admin_client))
    invitation = Invitation.objects.get()
    renewed = link_path(
        admin_client.post(reverse("settings:invitation-renew", args=[invitation.pk]))
    )
    Client().post(renewed, NEWCOMER)
    send(admin_client, emails="b@example.com")
    other = Invitation.objects.get(email="b@example.com")
    admin_client.post(reverse("settings:invitation-revoke", args=[other.pk]))

    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "USER_INVITED",
        "INVITATION_RENEWED",
        "INVITATION_ACCEPTED",
        "USER_INVITED",
        "INVITATION_REVOKED",
    ]
    assert path.split("/")[-2] not in str(list(AuditEvent.objects.values()))


def test_accepting_is_rate_limited(client):
    url = reverse("account_invitation", args=["no-such-secret"])
    for _ in range(20):
        assert client.post(url).status_code == 410

    response = client.post(url)

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
