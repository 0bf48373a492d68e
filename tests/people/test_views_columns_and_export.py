import csv
import io
from urllib.parse import urlencode

import pytest

from admin_config.models import AuditEvent
from people.columns import COLUMNS
from people.exporting import BATCH, csv_of
from people.models import ListSettings, Person, SavedView
from people.signals import people_export_begun, people_exported
from tests.factories import make_people, make_person, make_salesforce_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def exports():
    """What was told of exports during the test: that they begin, and with a count that they end."""
    told = []

    def begun(sender, user, query, **_):
        told.append((user.email, query))

    def ended(sender, user, query, count, **_):
        told.append((user.email, query, count))

    people_export_begun.connect(begun)
    people_exported.connect(ended)
    yield told
    people_export_begun.disconnect(begun)
    people_exported.disconnect(ended)


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def headers_of(page):
    return [column.name for column in page.context["columns"]]


def test_columns_are_remembered_for_the_user_alone(seller_client, seller, admin, client):
    make_person()
    seller_client.post("/people/columns/", {"column": ["source", "email", "nonsense"]})
    assert headers_of(seller_client.get("/people/")) == ["email", "source"]
    client.force_login(admin)
    assert len(headers_of(client.get("/people/"))) == sum(column.is_default for column in COLUMNS)


def test_no_column_at_all_means_the_usual_ones(seller_client):
    seller_client.post("/people/columns/", {})
    make_person()
    assert "first_name" in headers_of(seller_client.get("/people/"))
    assert ListSettings.objects.count() == 1


def test_whatever_columns_are_shown_there_is_a_link_to_the_person(seller_client):
    person = make_person(first_name="", last_name="Only", phone="")
    page = seller_client.get("/people/?columns=phone").content.decode()
    assert f'<a href="/people/{person.pk}/"' in page
    assert "Only</span></a>" in page


def test_a_view_keeps_search_filters_order_and_columns(seller_client, seller):
    url = "/people/views/new/?q=ann&type=Lead&sort=-email&columns=email,phone&cursor=x&person=3"
    response = seller_client.post(url, {"name": "Leads"})
    view = SavedView.objects.get()
    assert (view.user, view.name) == (seller, "Leads")
    assert view.query == "q=ann&type=Lead&sort=-email&columns=email%2Cphone"
    assert response.url == f"/people/?{view.query}"
    make_person(sfdc_type="Lead")
    page = seller_client.get(response.url)
    assert headers_of(page) == ["email", "phone"]
    assert list(page.context["views"]) == [view]


def test_views_are_renamed_and_deleted(seller_client, seller):
    view = SavedView.objects.create(user=seller, name="Old", query="q=a")
    seller_client.post(f"/people/views/{view.pk}/", {"name": "New"})
    view.refresh_from_db()
    assert view.name == "New"
    seller_client.post(f"/people/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_the_views_of_others_do_not_exist(seller_client, other_seller):
    view = SavedView.objects.create(user=other_seller, name="Theirs", query="q=a")
    assert seller_client.post(f"/people/views/{view.pk}/", {"name": "x"}).status_code == 404
    assert seller_client.post(f"/people/views/{view.pk}/delete/").status_code == 404
    assert "Theirs" not in seller_client.get("/people/").content.decode()


def test_view_names_are_unique_and_fifty_the_limit(seller_client, seller):
    views = [SavedView(user=seller, name=f"V{number}") for number in range(49)]
    SavedView.objects.bulk_create(views)
    page = seller_client.post("/people/views/new/", {"name": "v1"}).content.decode()
    assert "You already have a view with this name." in page
    seller_client.post("/people/views/new/", {"name": "Fiftieth"})
    page = seller_client.post("/people/views/new/", {"name": "One more"}).content.decode()
    assert "You have 50 views already." in page
    assert SavedView.objects.count() == 50


def test_a_search_too_long_for_a_view_is_refused_in_words(seller_client):
    long, too_long = (urlencode({"q": "王" * length}) for length in (200, 250))
    seller_client.post(f"/people/views/new/?{long}", {"name": "Long"})
    page = seller_client.post(f"/people/views/new/?{too_long}", {"name": "Too long"})
    assert "This search is too long to be kept." in page.content.decode()
    assert SavedView.objects.get().name == "Long"


def test_export_has_everybody_who_matches_and_no_others(seller_client, seller, exports):
    people = make_people(60, company="Acme")
    make_person(company="Other")
    response = seller_client.get("/people/export/?company=acme&sort=email")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="people-20')
    rows = rows_of(response)
    assert [int(row["marketo_id"]) for row in rows] == [person.marketo_id for person in people]
    query = "company=acme&sort=email"
    assert exports == [(seller.email, query), (seller.email, query, 60)]


def test_export_begins_with_a_byte_order_mark_for_spreadsheets(seller_client):
    make_person(last_name="Müller")
    body = b"".join(seller_client.get("/people/export/").streaming_content)
    assert body.startswith(b"\xef\xbb\xbfmarketo_id,")
    assert "Müller".encode() in body


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+1 555",
        "-2",
        "@sum",
        "\t=1",
        "\r=1",
        " =cmd|' /C calc'!A0",
        "\n@x",
        # Full width, which spreadsheets of East Asia take for the same.
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20sum",
        "\u3000\uff1d1",
    ],
)
def test_a_formula_reaches_the_spreadsheet_as_text(seller_client, value):
    make_person(company=value)
    (row,) = rows_of(seller_client.get("/people/export/"))
    assert row["company"] == f"'{value}"


@pytest.mark.parametrize("value", ['a "quoted" one', "with, comma", "two\nlines", "1-2", "王"])
def test_other_values_reach_it_unchanged(seller_client, value):
    make_person(company=value)
    (row,) = rows_of(seller_client.get("/people/export/"))
    assert row["company"] == value


def test_export_names_owners_beside_their_ids(seller_client, seller):
    make_salesforce_user("005000000000009AAA", "=Priya")
    for owner in (seller.salesforce_user_id, "005000000000009AAA", "005000000000008AAA"):
        make_person(owner_salesforce_id=owner)
    rows = rows_of(seller_client.get("/people/export/"))
    assert [(row["owner_salesforce_id"], row["owner_name"]) for row in rows] == [
        ("005000000000001AAA", "Sam Seller"),
        ("005000000000009AAA", "'=Priya"),
        ("005000000000008AAA", ""),
    ]


def test_export_of_ticked_people(seller_client, exports):
    people = make_people(3)
    response = seller_client.post("/people/export/", {"person": [people[0].pk, people[2].pk]})
    assert len(rows_of(response)) == 2
    assert exports[1][2] == 2


def test_export_of_all_that_match_from_the_bar(seller_client):
    make_people(60, company="Acme")
    make_person()
    response = seller_client.post("/people/export/", {"all": "1", "query": "company=acme"})
    assert len(rows_of(response)) == 60


@pytest.mark.parametrize("query", ["company=acme&x=\0", "company=ac\0me", "\0"])
def test_whatever_the_filter_an_export_is_in_the_audit_log(seller_client, seller, query):
    make_people(3)
    response = seller_client.post("/people/export/", {"all": "1", "query": query})
    begun = AuditEvent.objects.get()
    assert (begun.actor, begun.action) == (seller, "PEOPLE_EXPORT_BEGUN")
    count = len(rows_of(response))
    ended = AuditEvent.objects.latest("pk")
    assert (ended.action, ended.details["people"]) == ("PEOPLE_EXPORTED", count)
    assert ended.details["filter"] == begun.details["filter"]


def test_the_audit_log_has_the_filter_and_whether_similar_people_were_meant(seller_client):
    query = "q=ann&similar=1&cursor=x&more=y"
    seller_client.get(f"/people/export/?{query}")
    seller_client.post("/people/export/", {"all": "1", "query": query})
    begun = AuditEvent.objects.filter(action="PEOPLE_EXPORT_BEGUN")
    assert [event.details["filter"] for event in begun] == ["q=ann&similar=1"] * 2


def test_export_is_written_while_it_is_read_and_told_when_broken_off(seller, exports):
    make_people(BATCH + 10)
    pieces = csv_of(people=Person.objects.active(), user=seller, query="")
    assert exports == [(seller.email, "")]
    first = next(pieces)
    assert first.count("\n") == BATCH + 1
    pieces.close()
    assert exports[1:] == [(seller.email, "", BATCH)]
