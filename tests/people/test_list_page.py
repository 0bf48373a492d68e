from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Group, SavedView
from syncing.models import MarketoConnection, SyncRun
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


def test_nobody_yet_tells_an_admin_what_to_do_and_a_seller_that_it_is_not_theirs(
    client, admin, seller
):
    client.force_login(admin)
    assert 'href="/settings/marketo/">Connect Marketo' in client.get("/people/").content.decode()
    client.force_login(seller)
    page = client.get("/people/").content.decode()
    assert "as soon as an admin has started the sync" in page
    assert "Connect Marketo" not in page


def test_the_page_has_one_heading_and_a_count(seller_client):
    make_people(3)
    page = seller_client.get("/people/").content.decode()
    assert page.count("<h1>") == 1
    assert "3 people" in page


def test_htmx_gets_only_the_list_but_everything_when_it_restores_history(seller_client):
    make_person()
    part = seller_client.get("/people/", headers={"hx-request": "true"})
    whole = seller_client.get(
        "/people/", headers={"hx-request": "true", "hx-history-restore-request": "true"}
    )
    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()


def test_more_than_ten_thousand_are_counted_exactly_only_on_request(seller_client):
    make_people(10_001)
    page = seller_client.get("/people/").content.decode()
    assert "10,000+ people" in page
    assert "10,001" not in page
    exact = seller_client.get("/people/count/", headers={"hx-request": "true"})
    assert "10,001 people" in exact.content.decode()


def test_exact_count_is_a_page_as_a_plain_link(seller_client):
    make_people(2)
    page = seller_client.get("/people/count/?q=ann").content.decode()
    assert "2 people" in page
    assert 'href="/people/?q=ann"' in page


def test_news_tell_who_came_since(seller_client):
    now = timezone.now()
    make_people(2, now=now - timedelta(hours=1))
    make_people(3, now=now + timedelta(seconds=1))
    page = seller_client.get("/people/news/", {"since": now.isoformat()}).content.decode()
    assert "3 new or changed" in page
    later = (now + timedelta(hours=1)).isoformat()
    assert seller_client.get("/people/news/", {"since": later}).content.strip() == b""


def test_news_since_a_moment_of_any_offset_are_told(seller_client):
    make_people(2)
    page = seller_client.get("/people/news/", {"since": "2020-01-01T00:00:00+23:00"})
    assert "2 new or changed" in page.content.decode()


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01"])
def test_news_since_no_moment_are_none(seller_client, since):
    response = seller_client.get("/people/news/", {"since": since})
    assert response.status_code == 200
    assert response.content.strip() == b""


def test_every_seller_sees_everybody(seller_client, client, other_seller, names_on):
    make_person(first_name="", last_name="Theirs", owner_salesforce_id="005000000000009AAA")
    assert names_on() == ["Theirs"]


@pytest.mark.parametrize(
    ("params", "notice"),
    [
        ({"type": "Robot"}, "Lead or contact” was left out: Select a valid choice. Robot is not"),
        ({"updated_since": "99999-01-01"}, "Updated since” was left out: Enter a valid date"),
        ({"has_email": "maybe"}, "Has email” was left out: "),
        ({"has_email": "2"}, "Has email” was left out: "),
        ({"type": "Lead", "has_email": "True"}, None),
    ],
)
def test_a_filter_without_sense_is_said_to_be_left_out(seller_client, params, notice):
    make_person(sfdc_type="Lead", last_name="Duncan")
    page = seller_client.get("/people/", params).content.decode()
    assert "Duncan" in page
    assert "was left out" not in page if notice is None else notice in page


def test_a_missing_first_name_is_shown_as_missing(seller_client):
    make_person(first_name="", last_name="Duncan")
    page = seller_client.get("/people/").content.decode()
    link = page.partition("data-row")[2].partition("</a>")[0]
    assert '<span aria-hidden="true">–</span><span class="visually-hidden">Duncan</span>' in link


def test_the_chip_shows_the_day_that_the_user_chose(seller_client, seller):
    seller.time_zone = "Asia/Tokyo"
    seller.save()
    page = seller_client.get("/people/?updated_since=2026-11-22").content.decode()
    assert "<strong>Nov. 22, 2026</strong>" in page


def test_htmx_sets_no_style_which_the_content_security_policy_forbids(seller_client):
    page = seller_client.get("/people/").content.decode()
    assert '"attributesToSettle": ["class", "width", "height"]' in page
    assert '"includeIndicatorStyles": false' in page


def test_the_list_is_only_for_reading(seller_client):
    assert seller_client.post("/people/").status_code == 405


def test_a_saved_view_gives_the_page_its_name(seller_client, seller):
    make_person()
    SavedView.objects.create(user=seller, name="Leads of mine", query="mine=true&type=Lead")
    page = seller_client.get("/people/?mine=true&type=Lead").content.decode()
    assert "<h1>Leads of mine</h1>" in page.replace("\n", "")
    assert page.count('aria-current="page"') == 2  # in the sidebar, and in the list of views


def test_big_numbers_stay_whole_in_addresses(seller_client, seller):
    make_person()
    group = Group.objects.create(pk=1_234_567, owner=seller, name="Far out")
    page = seller_client.get(f"/people/?group={group.pk}").content.decode()
    assert "/people/?group=1234567" in page
    assert "1,234,567" not in page


def test_while_the_first_sync_runs_the_page_says_that_people_are_coming(seller_client):
    now = timezone.now()
    MarketoConnection.objects.create(
        id=1,
        base_url="http://127.0.0.1:1",
        client_id="id",
        client_secret="s",
        sync_state=MarketoConnection.SyncState.INITIAL,
        connected_at=now,
    )
    SyncRun.objects.create(kind=SyncRun.Kind.INITIAL, started_at=now)
    assert "People are on their way" in seller_client.get("/people/").content.decode()


def test_who_has_no_group_is_led_to_make_one(seller_client):
    make_person()
    page = seller_client.get("/people/").content.decode()
    assert "Add to new group" in page
    assert "Remove from group" not in page
