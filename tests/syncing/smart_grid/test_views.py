"""The grid on a person's panel and on the page of an account, with Marketo's log and ours."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from syncing.people_sync.removals import merge_losers
from syncing.smart_grid.accounts import MOST_PEOPLE, people_of_account
from tests.activities.logged import log
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true", "hx-target": "smart-grid"}
ACTIVITIES = "/rest/v1/activities.json"
Kind = Activity.Kind


@pytest.fixture
def ann(marketo, sandbox):
    """A person here whom Marketo knows."""
    lead = sandbox.create_lead(lastName="Archer")
    return make_person(marketo_id=lead, first_name="Ann", last_name="Archer", company="Acme")


def visited(sandbox, person, page="www.acme.example/pricing", *, days_ago=0):
    at = timezone.now() - timedelta(days=days_ago)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    sandbox.add_activity(person.marketo_id, 1, happened_at=stamp, primary_id=7, primary_value=page)


def person_page(client, person, **params):
    address = f"{reverse('smart-grid:person', args=[person.pk])}?{urlencode(params)}"
    return client.get(address, headers=HTMX)


def account_page(client, **params):
    return client.get(f"{reverse('smart-grid:account')}?{urlencode(params)}")


def account_grid(client, **params):
    address = f"{reverse('smart-grid:account')}?{urlencode(params)}"
    return client.get(address, headers=HTMX)


def sentences(response):
    return [event.sentence for event in response.context["grid"].events]


def test_what_marketo_and_sellers_say_stands_side_by_side(seller_client, seller, sandbox, ann):
    visited(sandbox, ann)
    log(ann, seller, kind=Kind.CALL_RECEIVED, occurred_at=timezone.now() - timedelta(hours=1))
    response = person_page(seller_client, ann, week="all")
    assert sentences(response) == ["Visited www.acme.example/pricing", "Sam Seller called Ann"]
    page = response.content.decode()
    assert 'href="https://www.acme.example/pricing"' in page
    assert "completed · Interested" in page
    assert "Partial." not in page


def test_interesting_moments_tell_what_and_of_which_kind(seller_client, sandbox, ann):
    attributes = {"Type": "Web", "Description": "Asked for a <quote>"}
    sandbox.add_activity(ann.marketo_id, 46, primary_value="Web", attributes=attributes)
    page = person_page(seller_client, ann).content.decode()
    assert "Asked for a &lt;quote&gt;" in page


def test_opening_reads_marketo_and_clicking_does_not(seller_client, sandbox, ann):
    person_page(seller_client, ann)
    visited(sandbox, ann)
    opened = sandbox.calls()[ACTIVITIES]
    response = person_page(seller_client, ann, kept=1, week="all")
    assert sandbox.calls()[ACTIVITIES] == opened
    assert sentences(response) == []
    assert len(sentences(person_page(seller_client, ann))) == 1


def test_a_click_after_the_reading_was_forgotten_reads_anew(seller_client, sandbox, ann):
    visited(sandbox, ann)
    assert len(sentences(person_page(seller_client, ann, kept=1))) == 1


def test_the_links_of_the_grid_keep_the_reading(seller_client, sandbox, ann):
    visited(sandbox, ann)
    visited(sandbox, ann, "www.acme.example/older", days_ago=40)
    grid = person_page(seller_client, ann).context["grid"]
    opened = sandbox.calls()[ACTIVITIES]
    response = seller_client.get(grid.all_weeks_address, headers=HTMX)
    assert len(sentences(response)) == 2
    assert sandbox.calls()[ACTIVITIES] == opened


def test_what_happened_before_is_left_out(seller_client, seller, ann):
    log(ann, seller, occurred_at=timezone.now() - timedelta(days=92))
    assert sentences(person_page(seller_client, ann, week="all")) == []


def test_who_was_merged_into_a_person_counts_for_them(seller_client, seller, ann):
    loser = make_person()
    log(loser, seller, occurred_at=timezone.now())
    merge_losers({loser.marketo_id: ann.marketo_id}, now=timezone.now())
    assert len(sentences(person_page(seller_client, ann))) == 1


def test_an_empty_grid_says_so_and_what_to_do(seller_client, ann):
    page = person_page(seller_client, ann).content.decode()
    assert "Nothing happened with Ann Archer in the last 90 days" in page
    assert "Make the first move: send an email, or call." in page
    assert "<table" not in page


def test_nobody_is_said_to_have_done_nothing_while_marketo_is_silent(seller_client, sandbox, ann):
    sandbox.add_fault("error", ACTIVITIES, code="1003", message="No such thing", times=1)
    page = person_page(seller_client, ann).content.decode()
    assert "Nothing to show so far" in page
    assert "Nothing happened with" not in page


def test_without_marketo_what_sellers_did_is_there_with_the_reason(seller_client, seller):
    person = make_person()
    log(person, seller, occurred_at=timezone.now())
    response = person_page(seller_client, person)
    assert len(sentences(response)) == 1
    assert "Marketo is not connected." in response.content.decode()


def test_an_outage_is_told_and_can_be_tried_again(seller_client, sandbox, ann):
    visited(sandbox, ann)
    sandbox.add_fault("error", ACTIVITIES, code="1003", message="No such thing", times=1)
    response = person_page(seller_client, ann)
    page = response.content.decode()
    assert "Marketo could not be read." in page
    assert "Try again" in page
    again = seller_client.get(response.context["go_on_address"], headers=HTMX)
    assert sentences(again) == ["Visited www.acme.example/pricing"]


def test_a_long_log_is_marked_partial_and_read_on(seller_client, sandbox, ann, monkeypatch):
    monkeypatch.setattr("syncing.smart_grid.reading.MOST_PAGES", 1)
    visited(sandbox, ann, days_ago=40)
    response = person_page(seller_client, ann)
    page = response.content.decode()
    assert "Partial." in page
    assert "It was read from" in page
    response = seller_client.get(response.context["go_on_address"], headers=HTMX)
    assert len(sentences(response)) == 1
    assert "Partial." not in response.content.decode()


def test_an_entry_that_cannot_be_read_is_told(seller_client, sandbox, ann):
    visited(sandbox, ann)
    visited(sandbox, ann)
    sandbox.add_fault("odd_row", ACTIVITIES, without=["activityDate"], times=1)
    page = person_page(seller_client, ann).content.decode()
    assert "One entry of Marketo's log can't be read." in " ".join(page.split()).replace(
        "&#x27;", "'"
    )


def test_an_email_opens_for_its_seller_only(seller_client, seller, other_seller, ann):
    log(ann, seller, occurred_at=timezone.now())
    log(ann, other_seller, occurred_at=timezone.now())
    events = person_page(seller_client, ann).context["grid"].events
    assert sorted(bool(event.panel_url) for event in events) == [False, True]


def test_a_person_leads_to_their_account(seller_client, marketo, sandbox):
    person = make_person(company="Bits & Sons", salesforce_account_id="001A")
    page = person_page(seller_client, person).content.decode()
    assert "?company=Bits+%26+Sons&amp;account=001A" in page
    alone = make_person(company="")
    assert reverse("smart-grid:account") not in person_page(seller_client, alone).content.decode()


def test_an_account_shows_everybody_with_their_names(seller_client, seller, sandbox, ann):
    bob = make_person(first_name="Bob", last_name="Baker", company="ACME")
    visited(sandbox, ann)
    log(bob, seller, occurred_at=timezone.now())
    response = account_grid(seller_client, company="Acme")
    assert {event.person for event in response.context["grid"].events} == {ann, bob}
    fragment = response.content.decode()
    assert fragment.strip().startswith('<div id="smart-grid"')
    assert "Bob Baker" in fragment


def test_the_page_of_an_account_waits_for_nobody(seller_client, sandbox, ann):
    page = account_page(seller_client, company="Acme").content.decode()
    assert ACTIVITIES not in sandbox.calls()
    assert "Ann Archer" in page
    assert 'hx-get="/smart-grid/accounts/?company=Acme" hx-trigger="load"' in page
    whole = account_page(seller_client, company="Acme", kept=1).content.decode()
    assert "Nothing happened at Acme in the last 90 days" in whole


def test_an_account_is_its_contacts_and_the_leads_of_the_company(db):
    contact = make_person(company="Acme", salesforce_account_id="001A")
    lead = make_person(company="acme", salesforce_account_id="", sfdc_type="Lead")
    namesake = make_person(company="Acme", salesforce_account_id="001B")
    make_person(company="Acme Ltd")
    make_person(company="Acme", salesforce_account_id="001A", removed_reason="DELETED")
    assert set(people_of_account(company="Acme", account_id="001A")) == {contact, lead}
    assert set(people_of_account(company="Acme", account_id="")) == {contact, lead, namesake}


def test_whoever_was_active_last_comes_first(seller):
    quiet, busy = make_people(2, company="Acme")
    log(busy, seller)
    assert list(people_of_account(company="Acme", account_id="")) == [busy, quiet]


def test_of_a_large_account_marketo_is_read_for_the_most_active(
    seller_client, marketo, monkeypatch
):
    monkeypatch.setattr("syncing.smart_grid.views.MOST_LEADS_READ", 2)
    make_people(3, company="Acme")
    page = account_grid(seller_client, company="Acme").content.decode()
    assert "From Marketo only what the 2 people did who were active last." in page


def test_a_company_that_is_too_large_has_no_grid(seller_client):
    make_people(MOST_PEOPLE + 1, company="Self-employed")
    page = account_page(seller_client, company="Self-employed").content.decode()
    assert "Too many people for one grid" in page


def test_a_company_that_nobody_has_says_so(seller_client):
    page = account_page(seller_client, company="Nowhere").content.decode()
    assert "Nobody here" in page
    assert account_page(seller_client, company="").status_code == 404
    assert account_page(seller_client, company="A\x00").status_code == 404


def test_an_account_takes_few_queries_however_many_people(
    seller_client, seller, marketo, django_assert_max_num_queries
):
    for person in make_people(20, company="Acme"):
        log(person, seller, occurred_at=timezone.now())
    with django_assert_max_num_queries(12):
        account_grid(seller_client, company="Acme")
