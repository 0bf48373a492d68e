import re

import pytest
from django.urls import reverse

from people.signals import people_export_begun, people_exported

pytestmark = pytest.mark.django_db

PAGES = [
    "settings:profile",
    "settings:marketo",
    "settings:my-salesforce",
    "settings:salesforce-app",
    "settings:users",
    "settings:invite",
    "settings:teams",
    "settings:audit-log",
    "account_change_password",
    "mfa_index",
]


@pytest.mark.parametrize("name", PAGES)
def test_page_has_one_heading_and_nothing_the_content_policy_forbids(admin_client, name):
    text = admin_client.get(reverse(name)).content.decode()

    assert text.count("<h1") == 1
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)


@pytest.mark.parametrize("name", PAGES)
def test_page_costs_few_queries(admin_client, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        admin_client.get(reverse(name))


def test_navigation_shows_admin_pages_to_admins_only(client, admin, seller):
    def links(user):
        client.force_login(user)
        text = client.get(reverse("settings:profile")).content.decode()
        nav = re.search(r'<nav class="settings-nav".*?</nav>', text, re.DOTALL)[0]
        return re.findall(r'<a [^>]*href="([^"]+)"', nav)

    own = [reverse(f"settings:{name}") for name in ("profile", "my-email", "my-salesforce")]
    assert links(seller) == own
    assert links(admin)[:3] == own
    assert reverse("settings:users") in links(admin)


def test_navigation_marks_the_current_page(admin_client):
    text = admin_client.get(reverse("settings:invite")).content.decode()

    assert f'href="{reverse("settings:users")}" aria-current="page"' in text


def test_export_of_people_is_in_the_audit_log(admin_client, seller):
    people_export_begun.send(sender=None, user=seller, query="company=Acme")
    people_exported.send(sender=None, user=seller, count=1_234, query="company=Acme")

    text = admin_client.get(reverse("settings:audit-log")).content.decode()
    assert "Began to export people" in text
    assert "Exported people" in text
    assert "1234" in text
    assert "company=Acme" in text
