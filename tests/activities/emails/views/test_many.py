"""Writing to many: who can't be reached, texts of one's own, the check and what became of each."""

import json

import pytest
import time_machine
from django.urls import reverse

from activities.emails.models import EmailBatch
from people.models import Group
from people.unsubscribes import unsubscribe
from tests.activities.factories import NOW, make_channel, make_identity, make_template
from tests.factories import make_people, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_clock", "_sender")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def _sender(seller):
    make_channel()
    make_identity(seller)


@pytest.fixture
def people():
    names = [("Ann", "Archer"), ("Bo", "Buyer"), ("Carl", "Cole")]
    return [make_person(first_name=first, last_name=last) for first, last in names]


@pytest.fixture
def post(seller_client):
    def send(name, *args, **data):
        return seller_client.post(reverse(f"emails:{name}", args=args), data, headers=HTMX)

    return send


@pytest.fixture
def batch(post, people, save):
    """A batch to three people with a text for all."""
    post("batch-new", person=[person.pk for person in people], start="1")
    batch = EmailBatch.objects.get()
    save(batch, subject="For {{first_name}}", body_html="<p>For all</p>")
    return batch


@pytest.fixture
def version(seller_client):
    """The version that the page of a batch opened just now holds."""

    def read(batch, **one):
        url = reverse("emails:batch", args=[batch.pk])
        return seller_client.get(url, one).context["version"]

    return read


@pytest.fixture
def save(post, version):
    """Save a text for all as the page does, or with `email` for one."""

    def write(batch, **fields):
        one = {"email": fields["email"]} if "email" in fields else {}
        response = post("batch-save", batch.pk, version=version(batch, **one), **fields)
        batch.refresh_from_db()
        return response

    return write


def texts_of(batch):
    emails = batch.emails.order_by("person__last_name")
    return [email.body_html for email in emails]


class TestBeginning:
    def test_the_count_is_told_before_anything_begins(self, post, people):
        response = post("batch-new", person=[person.pk for person in people])

        assert "3 people" in response.text
        assert not EmailBatch.objects.exists()

    def test_who_cannot_be_reached_is_named_with_the_reason(self, post, people):
        unsubscribe(person=people[1], source="MANUAL", now=NOW)
        nowhere = make_person(first_name="Finn", last_name="Nowhere", email="")

        response = post("batch-new", person=[people[0].pk, people[1].pk, nowhere.pk])

        assert "2 of them" in response.text
        assert "Bo Buyer unsubscribed." in response.text
        assert "Finn Nowhere has no email address." in response.text
        assert response.text.count("Finn Nowhere") == 1

    def test_more_than_200_are_refused_in_words(self, post):
        people = make_people(201)

        response = post("batch-new", person=[person.pk for person in people], start="1")

        assert "More than 200 people are selected" in response.text
        assert not EmailBatch.objects.exists()

    def test_nobody_ticked_is_refused_in_words(self, post):
        assert "Nobody is selected." in post("batch-new", start="1").text

    def test_a_group_of_the_list_is_not_taken_for_the_selection(self, post, people, seller):
        group = Group.objects.create(owner=seller, name="Warm")
        group.people.set(people)

        response = post("batch-new", person=[people[0].pk], group=group.pk)

        assert "one person" in response.text

    def test_a_group_email_goes_to_its_people(self, post, seller_client, people, seller):
        group = Group.objects.create(owner=seller, name="Warm")
        group.people.set(people[:2])
        told = seller_client.get(reverse("emails:batch-new"), {"group": group.pk}, headers=HTMX)
        assert "2 people" in told.text

        post("batch-new", group=group.pk, of_group="1", start="1")

        batch = EmailBatch.objects.get()
        assert (batch.kind, batch.group, batch.emails.count()) == ("GROUP", group, 2)

    def test_somebody_elses_group_is_not_found(self, seller_client, other_seller):
        group = Group.objects.create(owner=other_seller, name="Theirs")

        response = seller_client.get(reverse("emails:batch-new"), {"group": group.pk})

        assert response.status_code == 404


class TestWriting:
    def test_a_text_for_all_reaches_all(self, batch):
        assert texts_of(batch) == ["<p>For all</p>"] * 3

    def test_own_texts_survive_an_edit_for_all(self, post, batch, people, save):
        bo = batch.emails.get(person=people[1])
        save(batch, email=bo.pk, subject="Bo", body_html="<p>Only for Bo</p>")

        save(batch, subject="New", body_html="<p>New for all</p>")

        assert texts_of(batch) == ["<p>New for all</p>", "<p>Only for Bo</p>", "<p>New for all</p>"]

    def test_own_texts_are_overwritten_only_when_told_to(
        self, post, seller_client, batch, people, save
    ):
        bo = batch.emails.get(person=people[1])
        save(batch, email=bo.pk, subject="Bo", body_html="<p>Only for Bo</p>")
        page = seller_client.get(reverse("emails:batch", args=[batch.pk]))
        assert "One person has a text of their own and keeps it:" in page.text
        assert "Bo Buyer" in page.text

        content = {"subject": "For all", "body_html": "<p>For all again</p>"}
        post("batch-overwrite", batch.pk, version=page.context["version"], **content)

        assert texts_of(batch) == ["<p>For all again</p>"] * 3

    def test_one_person_may_go_back_to_the_text_for_all(self, post, batch, people, save):
        bo = batch.emails.get(person=people[1])
        save(batch, email=bo.pk, subject="Bo", body_html="<p>Only for Bo</p>")

        post("batch-share", batch.pk, email=bo.pk)

        bo.refresh_from_db()
        assert (bo.body_html, bo.is_customised) == ("<p>For all</p>", False)

    def test_another_windows_text_is_not_overwritten(self, post, batch):
        response = post(
            "batch-save", batch.pk, version="stale", subject="Mine", body_html="<p>Mine</p>"
        )

        assert "changed in another window" in response.text
        assert texts_of(batch) == ["<p>For all</p>"] * 3

    def test_a_template_replaces_the_text_for_all(self, post, seller_client, seller, batch):
        template = make_template(seller, body_html="<p>From the template</p>")
        version = seller_client.get(reverse("emails:batch", args=[batch.pk])).context["version"]

        post("batch-template", batch.pk, version=version, choose=template.pk)

        assert texts_of(batch) == ["<p>From the template</p>"] * 3

    def test_somebody_can_be_left_out(self, post, seller_client, batch, people):
        post("batch-leave-out", batch.pk, email=batch.emails.get(person=people[1]).pk)

        page = seller_client.get(reverse("emails:batch", args=[batch.pk]))
        assert "Email to 2 people" in page.text

    def test_each_can_be_previewed(self, seller_client, batch, people):
        email = batch.emails.get(person=people[1])

        content = seller_client.get(reverse("emails:content", args=[email.pk]))

        assert "For all" in content.text

    def test_a_large_batch_opens_in_few_queries(
        self, post, seller_client, django_assert_max_num_queries
    ):
        people = make_people(150)
        post("batch-new", person=[person.pk for person in people], start="1")
        url = reverse("emails:batch", args=[EmailBatch.objects.get().pk])

        with django_assert_max_num_queries(20):
            seller_client.get(url)

    def test_typing_in_a_large_batch_writes_in_few_queries(
        self, post, django_assert_max_num_queries, version
    ):
        people = make_people(150)
        post("batch-new", person=[person.pk for person in people], start="1")
        batch = EmailBatch.objects.get()
        shown = version(batch)

        with django_assert_max_num_queries(20):
            post("batch-save", batch.pk, version=shown, subject="Hi", body_html="<p>Hi</p>")


class TestSending:
    def test_the_check_names_who_is_skipped_and_why(self, post, batch, people):
        unsubscribe(person=people[0], source="MANUAL", now=NOW)

        response = post("batch-check", batch.pk)

        assert "2 people get this email" in response.text
        assert "Ann Archer unsubscribed." in response.text
        assert "Send to 2 people" in response.text

    def test_everybody_has_a_row_afterwards(self, post, batch):
        response = post("batch-send", batch.pk)

        assert set(batch.emails.values_list("state", flat=True)) == {"SCHEDULED"}
        for name in ("Ann Archer", "Bo Buyer", "Carl Cole"):
            assert name in response.text
        assert "3 waiting" in response.text

    def test_the_toast_counts_only_those_who_get_it(self, post, batch, people):
        unsubscribe(person=people[1], source="MANUAL", now=NOW)

        response = post("batch-send", batch.pk)

        toast = json.loads(response["HX-Trigger"])["toast"]
        assert toast["value"] == "2 emails are queued. 1 is skipped."

    def test_the_rows_keep_up_with_what_happens(self, post, seller_client, batch, people):
        post("batch-send", batch.pk)
        url = reverse("emails:batch-progress", args=[batch.pk])
        assert "every 2s" in seller_client.get(url).text

        fail_all(batch)

        after = seller_client.get(url).text
        assert "every 2s" not in after
        assert "3 not sent" in after
        assert "Ann is gone" in after

    def test_it_can_be_scheduled(self, post, batch):
        post("batch-send", batch.pk, when="later", day="2026-12-01", clock="09:30")

        times = set(batch.emails.values_list("scheduled_for", flat=True))
        assert [time.isoformat() for time in times] == ["2026-12-01T09:30:00+00:00"]

    def test_a_time_that_has_passed_is_refused_in_words(self, post, batch):
        response = post("batch-send", batch.pk, when="later", day="2026-11-01", clock="09:30")

        assert "This time has passed already." in response.text
        assert set(batch.emails.values_list("state", flat=True)) == {"DRAFT"}

    def test_an_empty_text_is_refused_with_the_name(self, post, people):
        post("batch-new", person=[people[0].pk], start="1")
        batch = EmailBatch.objects.get()

        response = post("batch-send", batch.pk)

        assert "Ann Archer: Write a subject first." in response.text

    def test_undo_makes_drafts_of_all_again(self, post, batch):
        post("batch-send", batch.pk)
        post("batch-recall", batch.pk)

        batch.refresh_from_db()
        assert batch.sent_at is None
        assert set(batch.emails.values_list("state", flat=True)) == {"DRAFT"}

    def test_what_went_out_stays_out_when_the_rest_is_stopped(self, post, batch, people):
        post("batch-send", batch.pk)
        batch.emails.filter(person=people[0]).update(state="FAILED", next_attempt_at=None)
        post("batch-recall", batch.pk)

        batch.refresh_from_db()
        assert batch.sent_at is not None
        states = batch.emails.order_by("person__last_name").values_list("state", flat=True)
        assert list(states) == ["FAILED", "DRAFT", "DRAFT"]


def fail_all(batch):
    batch.emails.update(state="FAILED", reason="Ann is gone", next_attempt_at=None)


class TestLookingBack:
    def test_an_unsent_batch_is_listed_with_the_drafts(self, seller_client, batch):
        page = seller_client.get(reverse("emails:list"), {"folder": "draft"})

        assert reverse("emails:batch", args=[batch.pk]) in page.text
        assert "to 3 people" in page.text
        assert not page.context["page"].emails

    def test_a_discarded_one_is_gone(self, post, seller_client, batch):
        post("batch-discard", batch.pk)

        page = seller_client.get(reverse("emails:list"), {"folder": "draft"})
        assert reverse("emails:batch", args=[batch.pk]) not in page.text

    def test_another_sellers_batch_is_not_found(self, client, other_seller, admin, batch):
        for user in (other_seller, admin):
            client.force_login(user)
            assert client.get(reverse("emails:batch", args=[batch.pk])).status_code == 404
            assert client.post(reverse("emails:batch-send", args=[batch.pk])).status_code == 404
