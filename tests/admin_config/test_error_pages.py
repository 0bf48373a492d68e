import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_user_on_an_admin_page_is_told_why_not(seller_client):
    response = seller_client.get(reverse("settings:users"))

    assert response.status_code == 403
    assert "This page is for admins." in response.content.decode()
    assert "sidebar" in response.content.decode()


def test_unknown_address_shows_the_frame_to_users_and_the_plain_page_to_strangers(client, seller):
    stranger = client.get("/nowhere/")
    client.force_login(seller)
    user = client.get("/nowhere/")

    assert stranger.status_code == user.status_code == 404
    assert "There is no such page" in stranger.content.decode()
    assert "sidebar" not in stranger.content.decode()
    assert "sidebar" in user.content.decode()


def test_form_from_another_site_is_refused_in_words(seller):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(seller)

    response = browser.post(reverse("settings:profile"))

    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
    assert "sidebar" in response.content.decode()


def test_crash_shows_a_page_that_needs_nothing(client, seller, monkeypatch):
    client.force_login(seller)
    client.raise_request_exception = False
    monkeypatch.setattr("admin_config.profile.views.ProfileForm", None)

    response = client.get(reverse("settings:profile"))

    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
