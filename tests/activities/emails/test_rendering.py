"""What the reader gets: fields, signature, unsubscribe message, files, quote."""

from datetime import timedelta

import pytest
import time_machine

from activities.emails.files import attach, store_file
from activities.emails.models import EmailSettings, UserEmailSettings
from activities.emails.rendering import render
from activities.emails.tracking.addresses import public_address, unsubscribe_url
from tests.activities.factories import NOW, make_email, make_identity
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rendered(seller, identity):
    """Render an email to a person with these fields."""

    def rendered(body="<p>Hello</p>", *, subject="Hi", person=None, **fields):
        person = make_person(**(person or {}))
        return render(email=make_email(seller, person, subject=subject, body_html=body, **fields))

    return rendered


@pytest.fixture
def _nothing_appended(db):
    EmailSettings.objects.create(pk=1, appends_unsubscribe_message=False)


def first_line(rendered):
    return rendered.text.splitlines()[0]


ANN = {
    "first_name": "Ann",
    "last_name": "Bell",
    "title": "Buyer",
    "company": "Acme, Inc.",
    "email": "ann@example.com",
    "phone": "555-0100",
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{{first_name}}", "Ann"),
        ("{{ last_name }}", "Bell"),
        ("{{title}}", "Buyer"),
        ("{{company}}", "Acme, Inc."),
        ("{{company_friendly}}", "Acme"),
        ("{{personal_email}}", "ann@example.com"),
        ("{{phone}}", "555-0100"),
        ("{{my_name}}", "Sam Seller"),
        ("{{my_title}}", "Account Executive"),
        ("{{my_email}}", "sam@example.com"),
        ("{{FIRST_NAME}}", "Ann"),
        ('{{first_name | default: "you"}}', "Ann"),
        ("{{first_name|default:'you'}}", "Ann"),
        ("{{&nbsp;first_name}}", "Ann"),
        ("{{<b>first</b>_name}}", "Ann"),
    ],
)
def test_a_field_becomes_its_value(rendered, seller, written, read):
    seller.job_title = "Account Executive"
    result = rendered(f"<p>{written}!</p>", subject="Hi", person=ANN)

    assert first_line(result) == f"{read}!"
    assert result.unresolved == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hi {{first_name}}!", "Hi !"),
        ("Hi {{last_name}}{{title}}!", "Hi !"),
        ("Sam, {{my_title | default: 'Sales'}}", "Sam, Sales"),
        ("Sam, {{my_title}}!", "Sam, !"),
        ("At {{company}}", "At your company"),
        ("At {{company_friendly}}", "At your company"),
        ('Hi {{first_name | default: "there"}}', "Hi there"),
        ("Hi {{first_name | default: &quot;there&quot;}}", "Hi there"),
        ("Hi {{first_name | default: “there”}}", "Hi there"),
        ('At {{company | default: "A & B"}}', "At A & B"),
        ('Call {{phone | default: "us"}}', "Call us"),
        ('{{no_such_field | default: "this"}}', "this"),
    ],
)
def test_a_missing_value_has_its_stand_in(rendered, written, read):
    blank = dict.fromkeys(("first_name", "last_name", "title", "company", "phone"), "")

    result = rendered(f"<p>{written}</p>", person=blank)

    assert first_line(result) == read
    assert result.unresolved == ()


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("{{phone}}", ("phone",)),
        ("{{no_such_field}} {{phone}} {{phone}}", ("no_such_field", "phone")),
        ("{{first name}}", ("first name",)),
        ("{{work_website}} {{custom_field_size}}", ("work_website", "custom_field_size")),
        ('{{sfdc_account_name | default: ""}}', ("sfdc_account_name",)),
        ('{{phone | default: ""}}', ()),
        ("{{}}", ()),
    ],
)
def test_what_cannot_be_filled_in_is_named(rendered, written, names):
    assert rendered(f"<p>{written}</p>", person={"phone": ""}).unresolved == names


def test_fields_of_the_subject_are_filled_in_as_text(rendered):
    result = rendered(subject="{{first_name}} at {{company}}", person={**ANN, "company": "A & B"})

    assert result.subject == "Ann at A & B"


def test_prompts_are_named_in_subject_and_body(rendered):
    result = rendered("<p>{{! what you saw }}</p>", subject="{{! their product }}")

    assert result.prompts == ("their product", "what you saw")


def test_a_value_is_text_whatever_it_looks_like(rendered):
    person = {"company": '<img src=x onerror="alert(1)">{{my_name}}'}

    result = rendered("<p>At {{company}}</p>", person=person)

    assert "<img" not in result.html
    assert first_line(result) == 'At <img src=x onerror="alert(1)">{{my_name}}'


def test_a_value_cannot_make_a_link_run_a_script(rendered):
    result = rendered(
        '<p><a href="{{company}}">x</a></p>', person={"company": "javascript:alert(1)"}
    )

    assert "javascript" not in result.html


def test_a_value_with_line_breaks_stays_on_the_line_of_the_subject(rendered):
    result = rendered(
        subject="Hi {{first_name}}", person={"first_name": "Ann\r\nBcc: x@evil.example"}
    )

    assert result.subject == "Hi Ann Bcc: x@evil.example"


@pytest.mark.usefixtures("_nothing_appended")
class TestSignature:
    def test_it_comes_after_the_body(self, rendered, identity):
        identity.signature_html = "<p>Sam, Pumps Ltd</p>"
        identity.save()

        assert rendered("<p>Hello</p>").text == "Hello\n\nSam, Pumps Ltd\n"

    def test_it_goes_where_the_field_is(self, rendered, identity):
        identity.signature_html = "<p>Sam, Pumps Ltd</p>"
        identity.save()

        assert rendered("<p>Yours</p>{{my_signature}}<p>PS</p>").text == (
            "Yours\n\nSam, Pumps Ltd\n\nPS\n"
        )

    def test_that_of_the_chosen_identity_is_taken(self, rendered, seller):
        other = make_identity(seller, address="sales@example.com", signature_html="<p>Sales</p>")

        assert rendered(identity=other).text == "Hello\n\nSales\n"


class TestUnsubscribeMessage:
    @pytest.fixture(autouse=True)
    def _one_moment(self):
        """A link holds the second in which it was signed."""
        with time_machine.travel(NOW, tick=False):
            yield

    def link(self, email):
        return unsubscribe_url(email=email, base=public_address())

    def test_it_is_appended_and_leads_to_the_page(self, seller, identity):
        email = make_email(seller)

        text = render(email=email).text

        assert text.endswith(
            f"If you no longer wish to receive emails from us, click here <{self.link(email)}>.\n"
        )

    def test_its_first_link_is_ours_whatever_was_written(self, seller, identity):
        message = (
            '<p><a href="https://elsewhere.example">Out</a>'
            ' or <a href="https://terms.example">terms</a></p>'
        )
        EmailSettings.objects.create(pk=1, unsubscribe_message_html=message)
        email = make_email(seller)

        text = render(email=email).text

        assert f"Out <{self.link(email)}> or terms <https://terms.example>" in text

    def test_a_message_without_a_link_gets_one(self, seller, identity):
        EmailSettings.objects.create(pk=1, unsubscribe_message_html="<p>No more?</p>")
        email = make_email(seller)

        assert f"Unsubscribe <{self.link(email)}>" in render(email=email).text

    @pytest.mark.parametrize("name", ["team_unsubscribe", "friendly_unsubscribe"])
    def test_it_goes_where_the_field_is_and_nowhere_else(self, seller, identity, name):
        email = make_email(seller, body_html=f"<p>Hello</p>{{{{{name}}}}}<p>PS</p>")

        text = render(email=email).text

        assert text.count(self.link(email)) == 1
        assert text.endswith("PS\n")

    @pytest.mark.usefixtures("_nothing_appended")
    def test_it_is_not_appended_when_the_team_turned_that_off(self, seller):
        assert render(email=make_email(seller)).text == "Shall we talk about them?\n"

    def test_it_is_not_appended_to_non_commercial_emails(self, rendered):
        assert rendered(is_non_commercial=True).text == "Hello\n"

    def test_a_non_commercial_email_may_ask_for_it(self, rendered):
        assert "/t/" in rendered("<p>{{team_unsubscribe}}</p>", is_non_commercial=True).text

    def test_each_user_may_have_an_own_one_where_that_is_allowed(self, seller, identity):
        EmailSettings.objects.create(pk=1, users_write_own_message=True)
        own = '<p>Had enough? <a href="#">Tell me</a></p>'
        UserEmailSettings.objects.create(user=seller, unsubscribe_message_html=own)
        other = make_user()

        assert "Had enough? Tell me" in render(email=make_email(seller)).text
        assert "no longer wish" in render(email=make_email(other)).text

    def test_an_own_one_counts_only_while_that_is_allowed(self, seller, identity):
        UserEmailSettings.objects.create(user=seller, unsubscribe_message_html="<p>Mine</p>")

        assert "no longer wish" in render(email=make_email(seller)).text


@pytest.mark.usefixtures("_nothing_appended")
def test_tracked_files_are_links_and_attached_ones_are_not(seller, identity):
    tracked = store_file(owner=seller, name="Offer <1>.pdf", content=b"%PDF", now=NOW)
    attached = store_file(owner=seller, name="terms.pdf", content=b"%PDF", now=NOW)
    email = make_email(seller)
    attach(email=email, files=[attached], tracked_files=[tracked])

    text = render(email=email).text

    assert "Offer _1_.pdf <http://testserver/t/" in text
    assert "terms.pdf" not in text


@pytest.mark.usefixtures("_nothing_appended")
class TestFollowUp:
    @pytest.fixture
    def first(self, seller, identity):
        return make_email(
            seller,
            state="SENT",
            sent_subject="Your pumps",
            sent_html="<p>Shall we talk, Ann?</p>",
            sent_at=NOW - timedelta(days=2),
        )

    def test_it_quotes_what_was_sent(self, seller, first):
        seller.time_zone = "Europe/Berlin"
        email = make_email(seller, first.person, body_html="<p>Any news?</p>", follow_up_to=first)

        assert render(email=email).text == (
            "Any news?\n\n"
            "On Nov. 21, 2026, 11 a.m., Sam Seller <sam@example.com> wrote:\n\n"
            "> Shall we talk, Ann?\n"
        )

    def test_without_a_subject_it_answers_the_first(self, seller, first):
        email = make_email(seller, first.person, subject="", follow_up_to=first)

        assert render(email=email).subject == "Re: Your pumps"

    def test_re_is_not_piled_up(self, seller, first):
        first.sent_subject = "RE: Your pumps"
        first.save()
        email = make_email(seller, first.person, subject="", follow_up_to=first)

        assert render(email=email).subject == "RE: Your pumps"

    def test_fields_in_what_is_quoted_are_left_alone(self, seller, first):
        first.sent_html = "<p>{{company}} as it was sent</p>"
        first.save()
        email = make_email(seller, first.person, follow_up_to=first)

        assert "> {{company}} as it was sent" in render(email=email).text
