"""What the cells of the people list show, column by column."""

from datetime import UTC, datetime

import pytest
from django.utils.html import escape

from people.columns import COLUMNS
from people.models import PersonEngagement, Unsubscribe
from tests.factories import make_person, make_salesforce_user

pytestmark = pytest.mark.django_db

NASTY = "\"><script>&'é\U0001f600"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def row_of(seller_client):
    """The only row of the list with these columns."""

    def row(*columns):
        page = seller_client.get("/people/", {"columns": ",".join(columns)}).content.decode()
        return page.partition("<tbody>")[2].partition("</tbody>")[0].strip()

    return row


def test_nothing_of_marketo_is_taken_for_markup(row_of):
    make_person(
        **dict.fromkeys(
            ("first_name", "last_name", "email", "title", "company", "phone", "source"), NASTY
        )
    )
    row = row_of(*(column.name for column in COLUMNS))
    assert "<script" not in row
    assert row.count(f'title="{escape(NASTY)}"') == 6
    assert f'aria-label="Select {escape(f"{NASTY} {NASTY}")}"' in row


def test_the_first_cell_links_to_the_person_whatever_its_column(row_of):
    person = make_person(first_name="", last_name="Lee", company="Acme")
    link = (
        f'<td class="cell-name"><a href="/people/{person.pk}/" hx-get="/people/{person.pk}/"'
        ' hx-target="#panel" data-row title="Lee">'
    )
    nothing = '<span aria-hidden="true">–</span><span class="visually-hidden">Lee</span>'
    assert f"{link}Acme</a></td>" in row_of("company")
    assert f"{link}{nothing}</a></td>" in row_of("first_name")
    assert f"{link}Lee</a></td>" in row_of("events")


def test_an_address_can_be_written_to_and_tells_of_an_unsubscribe(row_of):
    person = make_person(email="a+b c@example.com")
    link = '<a href="mailto:a+b%20c@example.com">a+b c@example.com</a></td>'
    assert f'<td title="a+b c@example.com">{link}' in row_of("last_name", "email")
    Unsubscribe.objects.create(person=person, source="MANUAL", unsubscribed_at=NOW)
    row = row_of("last_name", "email")
    assert 'title="March 1, 2026, ' in row
    assert f">Unsubscribed</span> {link}" in row


def test_a_phone_opens_the_form_to_log_a_call_and_nothing_opens_none(row_of):
    person = make_person(phone="+1 555")
    url = f"/calls/log/?person={person.pk}"
    assert (
        f'<td title="+1 555"><a href="{url}" hx-get="{url}" hx-target="#panel">+1 555</a></td>'
        in row_of("company", "phone")
    )


def test_nobody_without_a_phone_can_be_called_from_the_list(row_of):
    make_person(phone="")
    assert '<td title=""></td>' in row_of("company", "phone")


def test_counters_are_numbers_with_separators_or_zero(row_of):
    person = make_person()
    assert row_of("company", "calls").endswith('<td class="number">0</td></tr>')
    assert row_of("company", "last_activity_at").endswith("<td></td></tr>")
    PersonEngagement.objects.create(person=person, calls=1234, last_activity_at=NOW)
    assert row_of("company", "calls").endswith('<td class="number">1,234</td></tr>')
    assert '<td><time datetime="2026-03-01T' in row_of("company", "last_activity_at")


def test_an_owner_who_is_no_user_here_is_shown_by_the_id(row_of):
    make_person(owner_salesforce_id="005000000000009AAA", sfdc_type="Lead")
    row = row_of("company", "owner", "type")
    assert '<td title="005000000000009AAA">005000000000009AAA</td><td>Lead</td>' in row


def test_an_owner_who_is_no_user_here_has_the_name_that_salesforce_has(row_of):
    make_person(owner_salesforce_id="005000000000009AAA", sfdc_type="Lead")
    make_salesforce_user("005000000000009AAA", "Priya <b>Raman")
    row = row_of("company", "owner", "type")
    assert '<td title="005000000000009AAA">Priya &lt;b&gt;Raman</td><td>Lead</td>' in row


def test_an_owner_who_is_inactive_in_salesforce_is_marked(row_of):
    make_person(owner_salesforce_id="005000000000009AAA", sfdc_type="Lead")
    make_salesforce_user("005000000000009AAA", "Priya", is_active=False)
    row = row_of("company", "owner", "type")
    assert ">Priya (inactive in Salesforce)</td><td>Lead</td>" in row


def test_an_owner_who_is_a_user_here_keeps_the_own_name(row_of, seller):
    make_person(owner_salesforce_id=seller.salesforce_user_id, sfdc_type="Lead")
    make_salesforce_user(seller.salesforce_user_id, "Samuel Somebody")
    assert ">Sam Seller</td><td>Lead</td>" in row_of("company", "owner", "type")
