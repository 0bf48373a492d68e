from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from admin_config.audit import Action, record
from admin_config.models import AuditEvent

pytestmark = pytest.mark.django_db

URL = "settings:audit-log"


def targets(client, **filters):
    response = client.get(reverse(URL), filters)
    return [event.target for event in response.context["events"]]


@pytest.fixture
def event(admin):
    return record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=timezone.now())


def test_events_are_listed_newest_first_with_who_what_and_the_change(admin_client, admin):
    now = timezone.now()
    record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=now)
    record(
        actor=admin,
        action=Action.TEAM_RENAMED,
        target="Europe",
        details={"name": ["EMEA", "Europe"]},
        now=now + timedelta(seconds=1),
    )

    assert targets(admin_client) == ["Europe", "EMEA"]
    text = admin_client.get(reverse(URL)).content.decode()
    assert "Ada Admin" in text
    assert "Renamed a team" in text
    assert "EMEA → Europe" in text


def test_filters_by_actor_action_and_target(admin_client, admin, seller):
    now = timezone.now()
    record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=now)
    record(actor=seller, action=Action.API_TOKEN_CREATED, target="BI", now=now)

    assert targets(admin_client, actor=seller.pk) == ["BI"]
    assert targets(admin_client, action="TEAM_CREATED") == ["EMEA"]
    assert targets(admin_client, target="eme") == ["EMEA"]
    assert targets(admin_client, action="PEOPLE_EXPORTED") == []


def test_days_are_those_of_the_readers_time_zone(admin_client, admin):
    admin.time_zone = "Asia/Tokyo"
    admin.save()
    # 00:30 on 2 March in Tokyo, still 1 March in UTC.
    moment = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    record(actor=admin, action=Action.TEAM_CREATED, target="EMEA", now=moment)

    assert targets(admin_client, since="2026-03-02", until="2026-03-02") == ["EMEA"]
    assert targets(admin_client, until="2026-03-01") == []


def test_pages_follow_each_other_without_gap_or_repetition(admin_client, admin):
    now = timezone.now()
    for number in range(120):
        # Many at one moment: the id must break the tie.
        moment = now - timedelta(minutes=number // 40)
        record(actor=admin, action=Action.TEAM_CREATED, target=str(number), now=moment)

    seen, query = [], ""
    for _ in range(4):
        response = admin_client.get(f"{reverse(URL)}?{query}")
        seen += [event.pk for event in response.context["events"]]
        query = response.context["older"]
        if not query:
            break

    in_order = AuditEvent.objects.order_by("-happened_at", "-id").values_list("pk", flat=True)
    assert seen == list(in_order)
    assert len(seen) == 120


def test_empty_log_and_empty_result_say_so(admin_client):
    assert "Nothing has happened yet." in admin_client.get(reverse(URL)).content.decode()
    filtered = admin_client.get(reverse(URL), {"target": "x"}).content.decode()
    assert "No event fits these filters." in filtered


def test_event_cannot_be_changed(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(target="something else")


def test_event_cannot_be_deleted(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()


def test_event_outlives_its_actor(event, admin):
    admin.delete()

    event.refresh_from_db()
    assert event.actor is None
    assert event.actor_email == "admin@example.com"
