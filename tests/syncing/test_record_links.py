import pytest
from django.utils import timezone

from people.links import links_of
from people.models import Person
from syncing.models import MarketoConnection
from syncing.salesforce_connections.credentials import save_app
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def connect(base_url):
    MarketoConnection.objects.create(
        id=1, base_url=base_url, client_id="id", client_secret="s", connected_at=timezone.now()
    )


def marketo_urls(person):
    return [link.url for link in links_of(person) if "Marketo" in str(link.label)]


def test_a_person_opens_in_marketo():
    connect("https://123-ABC-456.mktorest.com")
    person = make_person()
    assert marketo_urls(person) == [
        f"https://app.marketo.com/leadDatabase/loadLeadDetail?leadId={person.marketo_id}"
    ]


def test_a_person_of_the_sandbox_opens_its_control_page():
    connect("http://127.0.0.1:8800")
    assert marketo_urls(make_person()) == ["http://127.0.0.1:8800/"]


def test_without_a_connection_there_is_no_link():
    assert marketo_urls(make_person()) == []


def salesforce_urls(person):
    return [link.url for link in links_of(person) if "Salesforce" in str(link.label)]


def test_a_person_opens_in_salesforce_as_contact_before_lead():
    person = Person(marketo_id=1, salesforce_contact_id="003A", salesforce_lead_id="00QA")
    assert salesforce_urls(person) == ["https://login.salesforce.com/003A"]


def test_it_opens_where_the_connected_org_signs_in():
    save_app(login_url="https://acme.my.salesforce.com", client_id="x", client_secret="y")
    person = Person(marketo_id=1, salesforce_lead_id="00QA")
    assert salesforce_urls(person) == ["https://acme.my.salesforce.com/00QA"]


def test_an_id_that_is_none_makes_no_link():
    assert salesforce_urls(Person(marketo_id=1, salesforce_contact_id="../../x")) == []


@pytest.mark.parametrize(
    ("reason", "places"),
    [
        ("", {"Open in Marketo", "Open in Salesforce"}),
        ("OWNER_LOST", {"Open in Marketo", "Open in Salesforce"}),
        ("NOT_IN_CRM", {"Open in Marketo"}),
        ("DELETED", set()),
        ("MERGED", set()),
    ],
)
def test_only_records_that_can_still_be_there_are_opened(reason, places):
    connect("https://123-ABC-456.mktorest.com")
    person = make_person(salesforce_lead_id="00QA", removed_reason=reason)
    assert {str(link.label) for link in links_of(person)} == places


def test_the_person_panel_shows_it(seller_client):
    connect("https://123-ABC-456.mktorest.com")
    person = make_person()
    assert "Open in Marketo" in seller_client.get(f"/people/{person.pk}/").content.decode()
