import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admin_config.api_tokens import create_api_token
from admin_config.errors import Refused
from admin_config.models import AuditEvent, User
from admin_config.users.services import deactivate_user, update_user
from tests.admin_config.concurrency import at_once
from tests.factories import make_admin, make_user

pytestmark = pytest.mark.django_db


def fields(user, **changes):
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "salesforce_user_id": user.salesforce_user_id,
        "language": user.language,
        "time_zone": user.time_zone,
        **changes,
    }


def edit(client, user, **changes):
    return client.post(reverse("settings:user", args=[user.pk]), fields(user, **changes))


def deactivate(client, user):
    return client.post(reverse("settings:user-deactivate", args=[user.pk]), follow=True)


def test_list_shows_active_users_with_role_teams_and_salesforce_id(admin_client, seller):
    text = admin_client.get(reverse("settings:users")).content.decode()

    assert "Sam Seller" in text
    assert "sam@example.com" in text
    assert "005000000000001AAA" in text
    assert "2 users" in text
    assert "98 of 100 seats are free" in text


def test_search_finds_by_name_mail_and_salesforce_id(admin_client, seller, other_seller):
    url = reverse("settings:users")

    for query in ("sam sell", "sam@", "000001AAA"):
        text = admin_client.get(url, {"q": query}).content.decode()
        assert "Sam Seller" in text
        assert "Olga Other" not in text


def test_search_takes_a_nul_for_a_blank(admin_client):
    response = admin_client.get(reverse("settings:users"), {"q": "sam\0nobody"})

    assert "No user fits this search." in response.content.decode()


def test_search_without_result_offers_the_way_back(admin_client):
    response = admin_client.get(reverse("settings:users"), {"q": "nobody"})

    assert "No user fits this search." in response.content.decode()


def test_list_sorts_by_name_both_ways(admin_client, seller, other_seller):
    def order(sort):
        users = admin_client.get(reverse("settings:users"), {"sort": sort}).context["users"]
        return [user.first_name for user in users]

    assert order("name") == ["Ada", "Olga", "Sam"]
    assert order("-name") == ["Sam", "Olga", "Ada"]


def test_list_costs_the_same_for_any_number_of_users(admin_client, django_assert_max_num_queries):
    for _ in range(5):
        make_user()

    with django_assert_max_num_queries(12):
        admin_client.get(reverse("settings:users"))


def test_htmx_search_gets_the_table_only(admin_client):
    response = admin_client.get(reverse("settings:users"), headers={"HX-Request": "true"})

    assert "<html" not in response.content.decode()
    assert 'id="users"' in response.content.decode()


def test_edit_changes_name_role_zone_salesforce_id_and_is_audited(admin_client, admin, seller):
    response = edit(
        admin_client,
        seller,
        last_name="Sellers",
        role="ADMIN",
        time_zone="Asia/Tokyo",
        salesforce_user_id="005000000000009AAA",
    )

    assert response.status_code == 302
    seller.refresh_from_db()
    assert seller.name == "Sam Sellers"
    assert seller.is_admin
    assert seller.time_zone == "Asia/Tokyo"
    event = AuditEvent.objects.get()
    assert event.action == "USER_CHANGED"
    assert event.actor == admin
    assert event.details["role"] == ["USER", "ADMIN"]
    assert event.details["salesforce_user_id"] == ["005000000000001AAA", "005000000000009AAA"]
    assert "language" not in event.details


def test_saving_without_a_change_leaves_no_audit_entry(admin_client, seller):
    edit(admin_client, seller)

    assert not AuditEvent.objects.exists()


def test_wrong_salesforce_id_is_refused_in_words(admin_client, seller):
    response = edit(admin_client, seller, salesforce_user_id="00G000000000001")

    assert "starts with 005" in response.content.decode()


def test_everyone_keeps_its_members_when_teams_change(admin_client, seller):
    edit(admin_client, seller, teams=[])

    assert [team.name for team in seller.teams.all()] == ["Everyone"]


def test_last_admin_cannot_be_demoted(admin_client, admin):
    response = edit(admin_client, admin, role="USER")

    assert "is the last active admin" in response.content.decode()
    admin.refresh_from_db()
    assert admin.is_admin


def test_last_admin_cannot_be_deactivated(admin_client, admin):
    response = deactivate(admin_client, admin)

    assert "is the last active admin" in response.content.decode()
    admin.refresh_from_db()
    assert admin.is_active


def test_a_deactivated_admin_does_not_count_as_an_admin(admin_client, admin):
    make_admin(is_active=False)

    deactivate(admin_client, admin)

    admin.refresh_from_db()
    assert admin.is_active


def test_an_admin_who_gives_up_the_role_lands_on_a_page_they_may_see(admin_client, admin):
    make_admin()

    response = admin_client.post(
        reverse("settings:user", args=[admin.pk]), fields(admin, role="USER"), follow=True
    )

    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == reverse("settings:profile")


@pytest.mark.django_db(transaction=True)
def test_two_admins_demoting_each_other_at_once_leave_one_admin():
    ann, bob = make_admin(), make_admin()
    now = timezone.now()

    outcomes = at_once(
        lambda: update_user(user=ann, changes={"role": "USER"}, teams=[], by=bob, now=now),
        lambda: update_user(user=bob, changes={"role": "USER"}, teams=[], by=ann, now=now),
    )

    assert User.objects.filter(role="ADMIN").count() == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


@pytest.mark.django_db(transaction=True)
def test_deactivating_and_demoting_at_once_leave_one_admin():
    ann, bob = make_admin(), make_admin()
    now = timezone.now()

    outcomes = at_once(
        lambda: deactivate_user(user=ann, by=bob, now=now),
        lambda: update_user(user=bob, changes={"role": "USER"}, teams=[], by=ann, now=now),
    )

    assert User.objects.filter(role="ADMIN", is_active=True).count() == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


def test_confirmation_says_what_deactivating_does(admin_client, seller):
    text = admin_client.get(reverse("settings:user-deactivate", args=[seller.pk])).content.decode()

    assert "signed out at once" in text
    assert "API tokens stop working" in text


def test_deactivated_user_is_signed_out_at_once(admin_client, seller):
    browser = Client()
    browser.force_login(seller)
    assert browser.get(reverse("settings:profile")).status_code == 200

    deactivate(admin_client, seller)

    response = browser.get(reverse("settings:profile"))
    assert response.status_code == 302
    assert reverse("account_login") in response.url


def test_old_session_stays_dead_after_reactivation(admin_client, seller):
    browser = Client()
    browser.force_login(seller)
    deactivate(admin_client, seller)

    admin_client.post(reverse("settings:user-reactivate", args=[seller.pk]))

    seller.refresh_from_db()
    assert seller.is_active
    assert browser.get(reverse("settings:profile")).status_code == 302


def test_api_token_of_a_deactivated_user_stops_working(admin_client, seller, client):
    _token, secret = create_api_token(user=seller, name="BI", now=timezone.now())
    headers = {"Authorization": f"Token {secret}"}
    assert Client().get("/api/v1/people/", headers=headers).status_code == 200

    deactivate(admin_client, seller)

    assert Client().get("/api/v1/people/", headers=headers).status_code == 401


def test_fragment_of_a_signed_out_page_reloads_it_instead_of_showing_the_sign_in(client):
    response = client.get(reverse("settings:sync-status"), headers={"HX-Request": "true"})

    assert response.headers["HX-Refresh"] == "true"
    assert response.content == b""


def test_reactivating_needs_a_free_seat(admin_client, seller, monkeypatch):
    deactivate(admin_client, seller)
    monkeypatch.setattr(User, "MAX_SEATS", 1)

    response = admin_client.post(reverse("settings:user-reactivate", args=[seller.pk]), follow=True)

    assert "0 free seats" in response.content.decode()
    seller.refresh_from_db()
    assert not seller.is_active


def test_deactivating_and_reactivating_are_audited(admin_client, seller):
    deactivate(admin_client, seller)
    admin_client.post(reverse("settings:user-reactivate", args=[seller.pk]))

    actions = AuditEvent.objects.order_by("id").values_list("action", "target")
    assert list(actions) == [
        ("USER_DEACTIVATED", "sam@example.com"),
        ("USER_REACTIVATED", "sam@example.com"),
    ]


def test_deactivating_twice_is_audited_once(admin_client, seller):
    deactivate(admin_client, seller)
    deactivate(admin_client, seller)

    assert AuditEvent.objects.count() == 1


def test_password_link_lets_a_user_without_mail_choose_a_new_password(admin_client, seller):
    response = admin_client.post(reverse("settings:user-password-link", args=[seller.pk]))
    url = response.context["url"]
    assert response.headers["Cache-Control"].startswith("max-age=0")
    assert AuditEvent.objects.get().action == "PASSWORD_LINK_MADE"
    browser = Client()

    form = browser.get(url, follow=True)
    browser.post(
        form.request["PATH_INFO"],
        {"password1": "Other-Signal-7", "password2": "Other-Signal-7"},
    )

    seller.refresh_from_db()
    assert seller.check_password("Other-Signal-7")
    assert "no longer valid" in Client().get(url, follow=True).content.decode()


def test_password_link_leads_to_the_public_address(admin_client, seller, settings):
    settings.PUBLIC_URL = "https://actions.example.com"

    url = reverse("settings:user-password-link", args=[seller.pk])
    response = admin_client.post(url, headers={"Host": "localhost"})

    assert response.context["url"].startswith(
        "https://actions.example.com/accounts/password/reset/"
    )


@pytest.mark.parametrize(
    ("password", "problem"), [("short", "too short"), ("Superadmin-1", "too similar")]
)
def test_the_first_admin_too_has_a_password_by_the_rules(monkeypatch, password, problem):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    with pytest.raises(CommandError, match=problem):
        call_command("createsuperuser", "--noinput", email="superadmin@example.com")
    assert not User.objects.exists()
