import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

pytestmark = pytest.mark.django_db

PASSWORD = "Rail-Signal-9"


def sign_in(client, email="sam@example.com", password=PASSWORD, **data):
    return client.post(reverse("account_login"), {"login": email, "password": password, **data})


def test_sign_in_by_mail_address_in_any_case(client, seller):
    assert sign_in(client, email="SAM@Example.com").url == reverse("people:list")


def test_wrong_password_and_unknown_address_get_the_same_answer(client, seller):
    def complaint(response):
        return response.context["form"].errors["__all__"]

    wrong = sign_in(client, password="Wrong-Signal-1")
    unknown = sign_in(client, email="nobody@example.com")

    assert complaint(wrong) == complaint(unknown)


def test_sign_in_leads_back_to_the_page_asked_for(client, seller):
    page = reverse("settings:profile")
    to_sign_in = client.get(page)

    response = client.post(to_sign_in.url, {"login": "sam@example.com", "password": PASSWORD})

    assert response.url == page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_sign_in_never_leads_to_another_site(client, seller, target):
    assert sign_in(client, next=target).url == reverse("people:list")


def test_deactivated_user_learns_that_only_with_the_right_password(client, seller):
    seller.is_active = False
    seller.save()

    wrong = sign_in(client, password="Wrong-Signal-1")
    right = sign_in(client)

    assert "deactivated" not in wrong.content.decode()
    assert "This account is deactivated" in client.get(right.url).content.decode()
    assert client.get(reverse("settings:profile")).status_code == 302


def test_guessing_passwords_of_one_account_is_stopped(client, seller):
    for _ in range(5):
        sign_in(client, password="Wrong-Signal-1")

    response = sign_in(client)

    assert "Too many failed login attempts" in response.content.decode()


def test_sign_in_attempts_from_one_address_are_limited(client):
    for number in range(30):
        sign_in(client, email=f"{number}@example.com")

    response = sign_in(client)

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


def test_sign_out_needs_a_post(seller_client):
    assert "Sign out?" in seller_client.get(reverse("account_logout")).content.decode()
    assert seller_client.get(reverse("settings:profile")).status_code == 200

    seller_client.post(reverse("account_logout"))

    assert seller_client.get(reverse("settings:profile")).status_code == 302


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_set_password", "account_request_login_code"],
)
def test_there_is_no_open_sign_up_and_no_page_nobody_uses(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_forgotten_password_is_reset_by_mail(client, seller):
    client.post(reverse("account_reset_password"), {"email": "sam@example.com"})
    (message,) = mail.outbox
    link = re.search(r"https?://\S+", message.body)[0]
    form = client.get(urlsplit(link).path, follow=True)

    client.post(
        form.request["PATH_INFO"],
        {"password1": "Other-Signal-7", "password2": "Other-Signal-7"},
    )

    assert sign_in(Client(), password="Other-Signal-7").status_code == 302


def test_a_request_s_host_does_not_get_into_the_reset_mail(client, seller, settings):
    settings.PUBLIC_URL = "https://actions.example.com"

    client.post(
        reverse("account_reset_password"),
        {"email": "sam@example.com"},
        headers={"Host": "localhost"},
    )

    (message,) = mail.outbox
    assert "https://actions.example.com/accounts/password/reset/key/" in message.body
    assert "localhost" not in message.body


def test_reset_of_an_unknown_address_looks_the_same_and_sends_nothing(client, seller):
    known = client.post(reverse("account_reset_password"), {"email": "sam@example.com"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mail.outbox) == 1


def test_without_mail_the_reset_page_sends_to_an_admin(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    text = client.get(reverse("account_reset_password")).content.decode()

    assert "Ask an admin" in text
    assert 'name="email"' not in text


def test_password_change_needs_the_old_one_and_follows_the_rules(seller_client, seller):
    def change(old, new):
        return seller_client.post(
            reverse("account_change_password"),
            {"oldpassword": old, "password1": new, "password2": new},
        )

    assert "oldpassword" in change("Wrong-Signal-1", "Other-Signal-7").context["form"].errors
    assert "password1" in change(PASSWORD, "othersignal").context["form"].errors
    assert change(PASSWORD, "Other-Signal-7").url == reverse("settings:profile")

    seller.refresh_from_db()
    assert seller.check_password("Other-Signal-7")


@pytest.mark.parametrize(
    "name", ["account_login", "account_logout", "account_inactive", "account_reset_password_done"]
)
def test_account_pages_wear_the_frame_and_have_one_heading(client, name):
    text = client.get(reverse(name), follow=True).content.decode()

    assert text.count("<h1") == 1
    assert "settings.css" in text


def test_sign_in_page_is_not_cached(client):
    assert "no-store" in client.get(reverse("account_login")).headers["Cache-Control"]
