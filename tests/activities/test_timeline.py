from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.destinations import DeliveryReport
from activities.paging import Cursor
from activities.recording import Kind
from activities.timeline import PAGE_SIZE, read_timeline
from people.models import PersonEngagement
from syncing.people_sync.removals import merge_losers
from tests.activities.logged import NOW, log
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_person(first_name="Ann", last_name="Lee")


def sentences(page):
    return [entry.sentence for entry in page.entries]


def test_newest_first_in_plain_sentences(person, seller):
    kinds = [
        (Kind.EMAIL_SENT, "Sam Seller sent “Pricing”"),
        (Kind.EMAIL_OPENED, "Ann opened “Pricing”"),
        (Kind.EMAIL_CLICKED, "Ann clicked a link in “Pricing”"),
        (Kind.EMAIL_REPLIED, "Ann answered “Pricing”"),
        (Kind.EMAIL_BOUNCED, "“Pricing” bounced"),
        (Kind.CALL_RECEIVED, "Sam Seller called Ann"),
        (Kind.CAMPAIGN_ADDED, "Sam Seller added Ann to “Pricing”"),
        (Kind.CAMPAIGN_REMOVED, "Ann was removed from “Pricing”"),
    ]
    for minutes, (kind, _sentence) in enumerate(kinds):
        log(person, seller, kind=kind, occurred_at=NOW + timedelta(minutes=minutes))

    assert sentences(read_timeline(person=person, user=seller)) == [
        sentence for _, sentence in kinds[::-1]
    ]


def test_pages_follow_each_other_without_a_gap_even_at_the_same_moment(person, seller):
    logged = {log(person, seller).uuid for _ in range(2 * PAGE_SIZE + 5)}

    found, after, pages = [], None, 0
    while pages == 0 or after:
        page = read_timeline(person=person, user=seller, after=after)
        found += [entry.activity.uuid for entry in page.entries]
        after, pages = page.next and Cursor.parse(str(page.next)), pages + 1

    assert pages == 3
    assert len(found) == len(set(found))
    assert set(found) == logged


def test_it_narrows_down_to_a_kind(person, seller):
    log(person, seller, kind=Kind.EMAIL_SENT)
    log(person, seller, kind=Kind.CALL_RECEIVED)

    assert sentences(read_timeline(person=person, user=seller, choice="calls")) == [
        "Sam Seller called Ann"
    ]


def test_a_sent_email_tells_what_became_of_it(person, seller):
    log(person, seller, kind=Kind.EMAIL_SENT, about_id=7)
    log(person, seller, kind=Kind.EMAIL_OPENED, about_id=7)
    log(person, seller, kind=Kind.EMAIL_OPENED, about_id=7)
    log(person, seller, kind=Kind.EMAIL_REPLIED, about_id=7)
    log(person, seller, kind=Kind.EMAIL_SENT, about_id=8)

    entries = read_timeline(person=person, user=seller, choice="emails").entries
    marks = {entry.activity.about_id: [str(mark) for mark in entry.marks] for entry in entries}

    assert marks == {7: ["answered", "opened"], 8: []}


def test_nobody_elses_activities_show(person, seller):
    log(make_person(), seller)

    assert read_timeline(person=person, user=seller).entries == []


def test_what_happened_with_those_merged_in_shows_and_says_so(person, seller, seller_client):
    loser = make_person(first_name="Anne", last_name="Old")
    log(loser, seller)
    merge_losers({loser.marketo_id: person.marketo_id}, now=timezone.now())

    page = seller_client.get(reverse("activities:timeline", args=[person.pk])).content.decode()

    assert "Sam Seller sent “Pricing”" in page
    assert f"Before Anne Old (#{loser.marketo_id}) was merged into this person" in page


def test_where_it_was_logged_shows(person, seller, seller_client, reported):
    fields = {"destination": "MARKETO", "label": "Marketo", "remote_id": "9"}
    for state, reason in [("delivered", ""), ("parked", "The person is unknown there.")]:
        uuid = log(person, seller).uuid
        report = DeliveryReport(state=state, settled_at=NOW, reason=reason, **fields)
        reported.append((uuid, report))

    page = seller_client.get(reverse("activities:timeline", args=[person.pk])).content.decode()

    assert "Logged to Marketo" in page
    assert "Could not be logged to Marketo: The person is unknown there." in page


def test_a_page_takes_four_queries_at_most(person, seller, reported, django_assert_max_num_queries):
    for kind in Kind:
        for _ in range(5):
            log(person, seller, kind=kind)

    with django_assert_max_num_queries(4):
        read_timeline(person=person, user=seller)


def test_an_empty_timeline_says_what_will_show_there(person, seller_client):
    page = seller_client.get(reverse("activities:timeline", args=[person.pk]))

    assert "Nothing happened with Ann Lee yet." in page.content.decode()


def test_reading_on_sends_the_next_rows_alone(person, seller, seller_client):
    for minutes in range(PAGE_SIZE + 1):
        log(person, seller, subject=str(minutes), occurred_at=NOW + timedelta(minutes=minutes))
    url = reverse("activities:timeline", args=[person.pk])
    after = str(read_timeline(person=person, user=seller).next)

    rows = seller_client.get(url, {"after": after}, headers={"HX-Request": "true"})
    page = seller_client.get(url, {"after": after})

    assert rows.content.decode().count("<li") == 1
    assert "sent “0”" in rows.content.decode()
    assert "<html" in page.content.decode()


def test_text_from_outside_is_shown_as_text(person, seller, seller_client):
    log(person, seller, subject="<script>alert(1)</script>")

    page = seller_client.get(reverse("activities:timeline", args=[person.pk])).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_counters_are_kept_beside_the_log(person, seller):
    log(person, seller, kind=Kind.EMAIL_OPENED)

    assert PersonEngagement.objects.get(person=person).views == 1
