from datetime import UTC, datetime

import pytest
from django.urls import reverse

from admin_config.audit import Action, record

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 3, 1, 23, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "time_zone", "shown"),
    [
        ("en", "UTC", "03/01/2026 23:05:07"),
        ("de", "Europe/Berlin", "02.03.2026 00:05:07"),
        ("ja", "Asia/Tokyo", "2026/03/02 08:05:07"),
    ],
)
def test_times_follow_language_and_time_zone(admin_client, admin, language, time_zone, shown):
    admin.language, admin.time_zone = language, time_zone
    admin.save()
    record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=MOMENT)

    assert shown in admin_client.get(reverse("settings:audit-log")).content.decode()


def test_one_users_settings_do_not_leak_into_the_next_request(client, admin, seller):
    admin.language, admin.time_zone = "de", "Europe/Berlin"
    admin.save()
    record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=MOMENT)
    seller.role = "ADMIN"
    seller.save()
    client.force_login(admin)
    client.get(reverse("settings:audit-log"))

    client.force_login(seller)

    assert "03/01/2026 23:05:07" in client.get(reverse("settings:audit-log")).content.decode()
