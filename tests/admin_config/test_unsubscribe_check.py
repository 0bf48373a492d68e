"""The Marketo unsubscribe check, under Unsubscribes in the settings."""

import pytest
from django.urls import reverse

from admin_config.models import AuditEvent
from syncing.unsubscribe_check.services import is_on

pytestmark = pytest.mark.django_db


def switch(client, is_on):
    return client.post(reverse("settings:marketo-check"), {"is_on": is_on}, follow=True)


def test_it_is_off_until_an_admin_switches_it_on(admin_client):
    page = admin_client.get(reverse("settings:unsubscribes"))
    assert "Off: only the unsubscribes of this workspace count." in page.text

    page = switch(admin_client, "true")

    assert is_on()
    assert "On: Marketo is asked right before each email goes out." in page.text
    assert "Marketo is not connected: until it is, emails wait." in page.text


def test_each_switch_is_in_the_audit_log_and_a_second_click_is_not(admin_client, admin):
    for is_on_now in ("true", "true", "false"):
        switch(admin_client, is_on_now)

    assert not is_on()
    assert list(AuditEvent.objects.order_by("pk").values_list("actor", "action")) == [
        (admin.pk, "UNSUBSCRIBE_CHECK_ON"),
        (admin.pk, "UNSUBSCRIBE_CHECK_OFF"),
    ]
