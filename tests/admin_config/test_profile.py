import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admin_config.api_tokens import create_api_token
from admin_config.models import ApiToken, AuditEvent, User
from admin_config.profile.views import profile

pytestmark = pytest.mark.django_db

URL = "settings:profile"


def save(client, **changes):
    fields = {"first_name": "Sam", "last_name": "Seller", "language": "en", "time_zone": "UTC"}
    return client.post(reverse(URL), fields | changes, follow=True)


def test_user_changes_name_language_and_time_zone(seller_client, seller):
    save(seller_client, first_name="Samuel", language="de", time_zone="Europe/Berlin")

    seller.refresh_from_db()
    assert (seller.name, seller.language, seller.time_zone) == (
        "Samuel Seller",
        "de",
        "Europe/Berlin",
    )


def test_a_job_title_is_optional(seller_client, seller):
    save(seller_client, job_title="Account Executive")
    seller.refresh_from_db()
    assert seller.job_title == "Account Executive"

    save(seller_client, job_title="")
    seller.refresh_from_db()
    assert seller.job_title == ""


def test_unknown_time_zone_is_refused(seller_client, seller):
    response = save(seller_client, time_zone="Mars/Olympus")

    assert "time_zone" in response.context["form"].errors
    seller.refresh_from_db()
    assert seller.time_zone == "UTC"


def test_user_sees_but_cannot_change_role_mail_and_salesforce_id(seller_client, seller):
    save(seller_client, role="ADMIN", email="x@example.com", salesforce_user_id="")

    seller.refresh_from_db()
    assert not seller.is_admin
    assert seller.email == "sam@example.com"
    assert seller.salesforce_user_id == "005000000000001AAA"
    assert "005000000000001AAA" in seller_client.get(reverse(URL)).content.decode()


def test_token_is_shown_once_and_works(seller_client, seller):
    response = seller_client.post(reverse("settings:token-create"), {"name": "BI"})

    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    page = seller_client.get(reverse(URL)).content.decode()
    assert secret not in page
    assert secret[:12] in page
    assert secret not in str(ApiToken.objects.values().get())


def test_token_without_a_name_is_refused(seller_client):
    response = seller_client.post(reverse("settings:token-create"), {"name": "  "})

    assert "This field is required." in response.content.decode()
    assert not ApiToken.objects.exists()


def test_revoked_token_stops_working(seller_client, seller):
    token, secret = create_api_token(user=seller, name="BI", now=timezone.now())

    seller_client.post(reverse("settings:token-revoke", args=[token.pk]))

    headers = {"Authorization": f"Token {secret}"}
    assert Client().get("/api/v1/people/", headers=headers).status_code == 401
    assert not seller_client.get(reverse(URL)).context["tokens"]


def test_nobody_revokes_the_token_of_someone_else(admin_client, seller):
    token, _secret = create_api_token(user=seller, name="BI", now=timezone.now())

    response = admin_client.post(reverse("settings:token-revoke", args=[token.pk]))

    assert response.status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_tokens_are_audited_without_the_secret(seller_client, seller):
    secret = seller_client.post(reverse("settings:token-create"), {"name": "BI"}).context["secret"]
    seller_client.post(reverse("settings:token-revoke", args=[ApiToken.objects.get().pk]))

    events = list(AuditEvent.objects.order_by("id"))
    assert [event.action for event in events] == ["API_TOKEN_CREATED", "API_TOKEN_REVOKED"]
    assert all(secret not in str(vars(event)) for event in events)


def test_saving_the_profile_never_undoes_a_deactivation_meanwhile(rf, seller):
    request = rf.post(
        "/",
        {"first_name": "Sam", "last_name": "New", "language": "en", "time_zone": "UTC"},
    )
    request.user = seller
    request._messages = CookieStorage(request)  # noqa: SLF001 - where messages look for it
    User.objects.filter(pk=seller.pk).update(is_active=False)

    profile(request)

    seller.refresh_from_db()
    assert seller.last_name == "New"
    assert not seller.is_active
