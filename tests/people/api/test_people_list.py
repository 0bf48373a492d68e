from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from admin_config.api_tokens import create_api_token
from people.models import DuplicateEmail
from tests.factories import make_people, make_person
from tests.nasty import NASTY
from tests.people.api.conftest import NOW, Api

pytestmark = pytest.mark.django_db

FIELDS = [
    "id",
    "marketo_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "source",
    "salesforce_contact_id",
    "salesforce_lead_id",
    "salesforce_account_id",
    "salesforce_opportunity_id",
    "owner_salesforce_id",
    "state",
    "removed_reason",
    "updated_at",
]


def ids(people):
    return [person.pk for person in people]


def test_person_has_exactly_these_fields(api):
    make_person()

    (person,) = api.get().json()["results"]

    assert list(person) == FIELDS


def test_person_is_shown_as_it_is(api):
    person = make_person(
        marketo_id=77,
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        phone="+1 555 0100",
        company="Example Ltd",
        title="Buyer",
        linkedin_url="https://www.linkedin.com/in/ann",
        source="Web",
        salesforce_contact_id="003000000000001AAA",
        salesforce_lead_id="00Q000000000001AAA",
        salesforce_account_id="001000000000001AAA",
        salesforce_opportunity_id="006000000000001AAA",
        owner_salesforce_id="005000000000001AAA",
        now=NOW,
    )

    (shown,) = api.get().json()["results"]

    assert shown == {
        "id": person.pk,
        "marketo_id": 77,
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@example.com",
        "phone": "+1 555 0100",
        "company": "Example Ltd",
        "title": "Buyer",
        "linkedin_url": "https://www.linkedin.com/in/ann",
        "source": "Web",
        "salesforce_contact_id": "003000000000001AAA",
        "salesforce_lead_id": "00Q000000000001AAA",
        "salesforce_account_id": "001000000000001AAA",
        "salesforce_opportunity_id": "006000000000001AAA",
        "owner_salesforce_id": "005000000000001AAA",
        "state": "active",
        "removed_reason": None,
        "updated_at": "2026-11-22T09:00:00.000000Z",
    }


def test_absent_values_are_null(api):
    make_person(phone="", title="", salesforce_contact_id="", source="")

    (person,) = api.get().json()["results"]

    assert [person[name] for name in ("phone", "title", "salesforce_contact_id", "source")] == [
        None
    ] * 4


def test_every_text_arrives_unharmed(api):
    for text in NASTY:
        make_person(last_name=text)

    assert [person["last_name"] for person in api.get().json()["results"]] == list(NASTY)


def test_list_without_people_is_an_empty_page(api):
    assert api.get().json() == {"next": None, "previous": None, "results": []}


def test_every_user_sees_everybody(other_seller):
    people = make_people(2, owner_salesforce_id="005000000000001AAA")
    _token, secret = create_api_token(user=other_seller, name="Other", now=NOW)

    assert Api(secret).ids() == ids(people)


def test_pages_join_without_gap_or_repetition(api):
    people = make_people(25)

    assert api.ids(limit=7) == ids(people)


def test_pages_lead_back_as_well(api):
    people = make_people(25)
    first = api.get(limit=10).json()
    second = api.follow(first["next"])
    third = api.follow(second["next"])

    again = api.follow(third["previous"])

    assert first["previous"] is None
    assert third["next"] is None
    assert again["results"] == second["results"]
    assert api.follow(again["previous"])["results"] == first["results"]
    assert [person["id"] for person in third["results"]] == ids(people[20:])


def test_links_are_absolute_and_keep_the_filters(api):
    make_people(3, company="Müller & Söhne")

    link = urlsplit(api.get(company="Müller & Söhne", limit=2, fields="id,email").json()["next"])

    query = parse_qs(link.query)
    assert (link.scheme, link.netloc, link.path) == ("http", "testserver", "/api/v1/people/")
    assert query.pop("cursor")
    assert query == {"company": ["Müller & Söhne"], "limit": ["2"], "fields": ["id,email"]}


def test_page_has_a_hundred_people_unless_told_otherwise(api):
    make_people(101)

    assert len(api.get().json()["results"]) == 100
    assert len(api.get(limit=1000).json()["results"]) == 101


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many", "", "1e2", "99999999999999999999"])
def test_limit_is_1_to_1000(api, limit):
    response = api.get(limit=limit)

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["limit"]


def test_only_the_fields_asked_for_are_sent(api):
    make_person(email="ann@example.com")

    (person,) = api.get(fields="email,id").json()["results"]

    assert list(person) == ["id", "email"]


@pytest.mark.parametrize("fields", ["", "id,", "nope", "id,search_text", "id, email", "ID"])
def test_unknown_field_is_an_error(api, fields):
    response = api.get(fields=fields)

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["fields"]


def test_removed_people_are_left_out_unless_asked_for(api):
    here = make_person()
    gone = make_person(removed_reason="OWNER_LOST")

    assert api.ids() == api.ids(state="active") == [here.pk]
    assert api.ids(state="removed") == [gone.pk]
    assert api.ids(state="all") == [here.pk, gone.pk]


@pytest.mark.parametrize("reason", ["OWNER_LOST", "DELETED", "MERGED", "NOT_IN_CRM"])
def test_tombstone_tells_its_reason(api, reason):
    make_person(removed_reason=reason)

    (person,) = api.get(state="removed").json()["results"]

    assert (person["state"], person["removed_reason"]) == ("removed", reason.lower())


def test_updated_since_includes_its_moment(api):
    make_person(now=NOW - timedelta(microseconds=1))
    then = make_person(now=NOW)
    later = make_person(now=NOW + timedelta(seconds=1))

    assert api.ids(updated_since="2026-11-22T09:00:00Z") == [then.pk, later.pk]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-22T09:00:00Z",
        "2026-11-22T09:00:00.000000Z",
        "2026-11-22T09:00:00",
        "2026-11-22T10:30:00+01:30",
        "2026-11-21T10:00:00-23:00",
        "20261122T090000Z",
        "2026-11-22",
    ],
)
def test_updated_since_takes_any_iso_8601(api, moment):
    person = make_person(now=NOW)

    assert api.ids(updated_since=moment) == [person.pk]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "1000-06-01T00:00:00-23:59"]
)
def test_updated_since_may_lie_before_everything(api, moment):
    person = make_person(now=NOW)

    assert api.ids(updated_since=moment) == [person.pk]


def test_updated_since_may_lie_after_everything(api):
    make_person(now=NOW)

    assert api.ids(updated_since="9999-12-31T23:59:59-23:59") == []


@pytest.mark.parametrize("moment", ["", "yesterday", "1790000000", "2026-11-22T25:00:00Z"])
def test_updated_since_refuses_what_is_no_moment(api, moment):
    assert list(api.get(updated_since=moment).json()["error"]["fields"]) == ["updated_since"]


def test_people_come_in_the_order_of_their_changes(api):
    second = make_person(now=NOW + timedelta(hours=1))
    third = make_person(now=NOW + timedelta(hours=2))

    assert api.ids() == [second.pk, third.pk]
    assert api.ids(ordering="-updated_at") == [third.pk, second.pk]


@pytest.mark.parametrize(
    "column",
    ["first_name", "last_name", "email", "company", "title", "phone", "source"],
)
def test_people_can_be_ordered_by_every_text(api, column):
    b = make_person(**{column: "b"})
    a = make_person(**{column: "A"})
    none = make_person(**{column: ""})
    c = make_person(**{column: "C"})

    assert api.ids(ordering=column, limit=1) == ids([a, b, c, none])
    assert api.ids(ordering=f"-{column}", limit=1) == ids([c, b, a, none])


def test_people_can_be_ordered_by_owner(api):
    second = make_person(owner_salesforce_id="005000000000002AAA")
    first = make_person(owner_salesforce_id="005000000000001AAA")

    assert api.ids(ordering="owner_salesforce_id") == [first.pk, second.pk]


def test_filters_are_those_of_the_page(api):
    make_people(3)
    person = make_person(
        first_name="Zoë",
        company="Acme Steel",
        title="Chief Buyer",
        source="Trade fair",
        phone="+49 30 123",
        owner_salesforce_id="005000000000009AAA",
        sfdc_type="Lead",
    )

    for filters in (
        {"q": "zoë steel"},
        {"company": "acme"},
        {"title": "chief"},
        {"source": "trade FAIR"},
        {"owner": "005000000000009AAA"},
        {"owner": "005000000000009"},
        {"type": "Lead"},
        {"has_phone": "true"},
        {"q": "acme", "has_phone": "true", "type": "Lead", "has_email": "true"},
    ):
        assert api.ids(**filters) == [person.pk], filters


def test_q_never_answers_with_people_who_are_only_like_it(api):
    make_person(last_name="Lovelace", email="ada.lovelace@example.com")

    assert api.ids(q="ada.lovelice@example.com") == []
    assert api.ids(q="lovleace") == []


def test_false_finds_those_who_have_none(api):
    without = make_person(email="")
    make_person()

    assert api.ids(has_email="false") == [without.pk]


def test_mine_are_the_people_of_the_token_s_user(api, seller):
    mine = make_person(owner_salesforce_id=seller.salesforce_user_id)
    make_person(owner_salesforce_id="005000000000009AAA")

    assert api.ids(mine="true") == [mine.pk]


def test_duplicates_share_an_address(api):
    twins = make_people(2, email="same@example.com")
    make_person()

    assert DuplicateEmail.objects.count() == 1
    assert api.ids(duplicates="true") == ids(twins)


def test_filters_find_removed_people_too(api):
    gone = make_person(company="Acme", removed_reason="DELETED")
    here = make_person(company="Acme")
    make_person(removed_reason="DELETED")

    assert api.ids(company="acme", state="removed") == [gone.pk]
    assert api.ids(q="acme", state="all", limit=1) == [gone.pk, here.pk]


def test_page_takes_few_queries_however_long_it_is(api, django_assert_max_num_queries):
    make_people(300)

    with django_assert_max_num_queries(5):
        api.get(limit=300)


@pytest.mark.parametrize("words", ["%", "_", "\\", "*", "😀"])
def test_words_without_a_letter_find_nobody(api, words):
    make_person()

    assert api.get(q=words).json()["results"] == []


@pytest.mark.parametrize("name", ["q", "company", "title", "source", "owner"])
def test_blanks_find_nobody(api, name):
    make_person()

    assert api.get(**{name: "  "}).json()["results"] == []
