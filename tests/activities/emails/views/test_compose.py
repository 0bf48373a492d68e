"""The compose panel: a draft that saves itself, what it warns of, and sending."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from activities.emails import files, services
from activities.emails.models import Email, StoredFile
from activities.emails.openings import Beginning
from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder
from admin_config.models import Team
from people.unsubscribes import unsubscribe
from tests.activities.factories import NOW, make_channel, make_email, make_identity, make_template
from tests.factories import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_clock")]


@pytest.fixture
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def identity(seller):
    make_channel()
    return make_identity(seller)


@pytest.fixture
def person():
    return make_person(first_name="Bo", last_name="Buyer", company="Pumps Ltd")


@pytest.fixture
def post(seller_client):
    """Post the compose form as htmx does."""

    def send(name, **data):
        return seller_client.post(reverse(f"emails:{name}"), data, headers={"HX-Request": "true"})

    return send


def form(person, **fields):
    defaults = {
        "key": uuid.uuid4(),
        "person": person.pk,
        "subject": "Your pumps",
        "body_html": "<p>Hello {{first_name}}</p>",
        "cc": "",
        "bcc": "",
    }
    return defaults | fields


def version_in(response):
    return response.context["version"]


class TestPanel:
    def test_opening_it_saves_nothing(self, seller_client, person, identity):
        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert response.status_code == 200
        assert "Bo Buyer" in response.text
        assert str(identity.address) in response.text
        assert not Email.objects.exists()

    def test_nobody_to_write_to_is_not_found(self, seller_client):
        assert seller_client.get(reverse("emails:compose")).status_code == 404
        assert seller_client.get(reverse("emails:compose"), {"person": "x"}).status_code == 404

    def test_an_unsubscribed_person_is_flagged_at_once(self, seller_client, person, identity):
        unsubscribe(person=person, source="MANUAL", now=NOW)

        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert "Bo Buyer unsubscribed." in response.text

    def test_a_person_without_address_is_flagged_at_once(self, seller_client, identity):
        person = make_person(first_name="Bo", last_name="Buyer", email="")

        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert "Bo Buyer has no email address." in response.text

    def test_others_with_the_same_address_are_told_of(self, seller_client, identity):
        person = make_person(email="twice@example.com")
        make_person(email="twice@example.com")

        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert "One more person here has the address twice@example.com." in response.text

    def test_a_draft_begun_before_is_offered(self, seller_client, seller, person, identity):
        draft = make_email(seller, person)

        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert reverse("emails:edit", args=[draft.pk]) in response.text

    def test_without_an_identity_it_says_so(self, seller_client, person):
        response = seller_client.get(reverse("emails:compose"), {"person": person.pk})

        assert "There is no From address." in response.text

    def test_it_opens_in_few_queries(
        self, seller_client, person, identity, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(20):
            seller_client.get(reverse("emails:compose"), {"person": person.pk})


class TestSaving:
    def test_typing_makes_one_draft_and_changes_it(self, post, seller, person, identity):
        data = form(person)
        first = post("save", **data)
        second = post("save", **data | {"version": version_in(first), "subject": "Better"})

        assert "Saved 10:00" in first.text
        assert second.status_code == 200
        (email,) = Email.objects.all()
        assert (email.subject, email.sender, email.state) == ("Better", seller, "DRAFT")

    def test_html_is_cleaned(self, post, person, identity):
        post("save", **form(person, body_html="<p onclick=x>Hi<script>alert(1)</script></p>"))

        assert Email.objects.get().body_html == "<p>Hi</p>"

    def test_a_later_save_does_not_overwrite_another_window(self, post, person, identity):
        data = form(person)
        stale = version_in(post("save", **data))
        post("save", **data | {"version": stale, "subject": "From the other window"})

        response = post("save", **data | {"version": stale, "subject": "From this window"})

        assert "changed in another window" in response.text
        assert Email.objects.get().subject == "From the other window"

    def test_whoever_wants_to_may_keep_this_window(self, post, person, identity):
        data = form(person)
        stale = version_in(post("save", **data))
        post("save", **data | {"version": stale, "subject": "From the other window"})
        conflict = post("save", **data | {"version": stale})

        newest = conflict.context["other_version"]
        post("save", **data | {"version": newest, "subject": "From this window"})

        assert Email.objects.get().subject == "From this window"

    def test_half_an_address_in_cc_keeps_the_rest(self, post, person, identity):
        response = post("save", **form(person, cc="amy@example.com, bob@"))

        assert "Not an email address: bob@" in response.text
        assert Email.objects.get().cc == ["amy@example.com"]

    def test_a_key_of_somebody_else_opens_nothing(self, post, person, identity, other_seller):
        foreign = make_email(other_seller, person, subject="Theirs")

        response = post("save", **form(person, key=foreign.uuid))

        assert response.status_code == 403
        foreign.refresh_from_db()
        assert foreign.subject == "Theirs"


class TestSending:
    def test_send_now_leaves_time_for_undo(self, post, person, identity):
        response = post("send", **form(person))

        email = Email.objects.get()
        assert response.status_code == 204
        assert email.state == "SCHEDULED"
        assert NOW + timedelta(seconds=9) < email.next_attempt_at < NOW + timedelta(seconds=20)
        assert reverse("emails:unschedule", args=[email.pk]) in response["HX-Trigger"]

    def test_undo_opens_the_draft_again(self, post, seller_client, person, identity):
        post("send", **form(person))
        email = Email.objects.get()

        response = seller_client.post(
            reverse("emails:unschedule", args=[email.pk]), headers={"HX-Request": "true"}
        )

        email.refresh_from_db()
        assert email.state == "DRAFT"
        assert "Your pumps" in response.text

    def test_pressing_send_twice_sends_once(self, post, person, identity):
        data = form(person)
        post("send", **data)
        post("send", **data)

        assert Email.objects.count() == 1

    def test_problems_are_told_and_nothing_is_lost(self, post, person, identity):
        unsubscribe(person=person, source="MANUAL", now=NOW)

        response = post("send", **form(person))

        assert "Not sent yet" in response.text
        assert "Bo Buyer unsubscribed." in response.text
        assert "Hello {{first_name}}" in response.text
        assert Email.objects.get().state == "DRAFT"

    def test_a_prompt_left_in_stops_it(self, post, person, identity):
        response = post("send", **form(person, body_html="<p>{{! say why }}</p>"))

        assert "Something is left to write: “say why”." in response.text

    def test_no_subject_stops_it(self, post, person, identity):
        response = post("send", **form(person, subject=""))

        assert "Write a subject first." in response.text

    def test_a_bad_copy_stops_it_and_stays_in_its_field(self, post, person, identity):
        response = post("send", **form(person, cc="bob@"))

        assert "Not an email address: bob@" in response.text
        assert 'value="bob@"' in response.text
        assert Email.objects.get().state == "DRAFT"

    def test_another_windows_change_stops_it(self, post, person, identity):
        data = form(person)
        stale = version_in(post("save", **data))
        post("save", **data | {"version": stale, "subject": "From the other window"})

        response = post("send", **data | {"version": stale})

        assert "changed in another window" in response.text
        assert Email.objects.get().state == "DRAFT"

    @pytest.mark.parametrize("name", ["send", "preview"])
    def test_what_was_typed_stays_beside_another_windows_text(self, post, person, identity, name):
        data = form(person)
        stale = version_in(post("save", **data))
        post("save", **data | {"version": stale, "subject": "From the other window"})
        typed = {"version": stale, "subject": "From this window", "cc": "bob@"}

        response = post(name, **data | typed)

        assert 'value="From this window"' in response.text
        assert 'value="bob@"' in response.text
        assert "Show that one" in response.text
        assert "Keep this one" in response.text
        assert version_in(response) == stale
        assert Email.objects.get().subject == "From the other window"

    def test_without_scripts_it_leads_to_the_email(self, seller_client, person, identity):
        response = seller_client.post(reverse("emails:send"), form(person))

        email = Email.objects.get()
        assert response["Location"] == reverse("emails:email", args=[email.pk])


class TestScheduling:
    def test_the_time_is_the_sellers(self, post, seller, person, identity):
        seller.time_zone = "America/New_York"
        seller.save()

        post("send", **form(person, when="later", day="2026-12-01", clock="09:30"))

        email = Email.objects.get()
        assert email.scheduled_for == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)

    def test_an_hour_that_does_not_exist_is_refused(self, post, seller, person, identity):
        seller.time_zone = "Europe/Berlin"
        seller.save()

        response = post("send", **form(person, when="later", day="2027-03-28", clock="02:30"))

        assert "does not exist" in response.text
        assert Email.objects.get().state == "DRAFT"

    def test_an_hour_that_comes_twice_is_its_first_time(self, post, seller, person, identity):
        seller.time_zone = "Europe/Berlin"
        seller.save()

        post("send", **form(person, when="later", day="2027-10-31", clock="02:30"))

        assert Email.objects.get().scheduled_for == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("day", "clock", "words"),
        [
            ("2026-11-20", "09:30", "passed already"),
            ("2029-11-20", "09:30", "more than a year away"),
            ("", "09:30", "Choose a day and a time."),
            ("2026-12-01", "25:00", "Choose a day and a time."),
        ],
    )
    @pytest.mark.usefixtures("identity")
    def test_what_is_no_time_to_send_is_refused(self, post, person, day, clock, words):
        response = post("send", **form(person, when="later", day=day, clock=clock))

        assert words in response.text
        assert Email.objects.get().state == "DRAFT"


class TestTemplates:
    def test_a_template_replaces_text_and_files(self, post, seller, person, identity):
        template = make_template(seller, body_html="<p>From the template</p>")
        brochure = files.store_file(owner=seller, name="a.pdf", content=b"%PDF", now=NOW)
        template.files.add(brochure)

        response = post("use-template", **form(person, choose=template.pk))

        email = Email.objects.get()
        assert email.template == template
        assert (email.subject, email.body_html) == (
            "Hello {{first_name}}",
            "<p>From the template</p>",
        )
        assert [each.file for each in email.files.all()] == [brochure]
        assert "a.pdf" in response.text

    def test_a_non_commercial_one_says_what_that_means(self, post, seller, person, identity):
        template = make_template(seller, is_non_commercial=True)

        response = post("use-template", **form(person, choose=template.pk))

        assert "Non-commercial template" in response.text
        assert Email.objects.get().is_non_commercial

    def test_somebody_elses_private_one_is_not_found(self, post, other_seller, person, identity):
        template = make_template(other_seller)

        assert post("use-template", **form(person, choose=template.pk)).status_code == 404

    def test_they_are_found_by_words_and_category(self, seller_client, seller):
        pumps = make_template(seller, name="Pumps")
        make_template(seller, name="Valves")
        url = reverse("emails:template-choices")

        assert "Pumps" in seller_client.get(url, {"template_q": "pump"}).text
        assert "Pumps" in seller_client.get(url, {"template_q": "pum\0mps"}).text
        by_category = seller_client.get(url, {"category": pumps.category_id})
        assert list(by_category.context["templates"]) == [pumps]


class TestFiles:
    def test_an_upload_joins_the_list_and_the_next_save_the_email(
        self, post, seller, person, identity
    ):
        upload = SimpleUploadedFile("prices.pdf", b"%PDF-1.7", "application/pdf")
        response = post("files", **form(person, upload=upload))

        stored = StoredFile.objects.get(owner=seller)
        assert "prices.pdf" in response.text
        post("save", **form(person, file=[stored.pk], tracked=[stored.pk]))
        (kept,) = Email.objects.get().files.all()
        assert (kept.file, kept.is_tracked) == (stored, True)

    def test_what_goes_as_a_link_is_not_attached(self, post, seller, person, identity):
        file = files.store_file(owner=seller, name="a.pdf", content=b"x" * 2048, now=NOW)

        response = post("files", **form(person, file=[file.pk], tracked=[file.pk]))

        assert "0\xa0bytes attached of 20 MB" in response.text

    def test_one_too_large_is_refused_in_words(self, post, person, identity):
        upload = SimpleUploadedFile("film.mp4", b"0" * (StoredFile.MAX_BYTES + 1))

        response = post("files", **form(person, upload=upload))

        assert "A file has at most 20 MB." in response.text
        assert not StoredFile.objects.exists()

    def test_a_file_stays_when_its_template_is_not_shared_any_more(
        self, post, seller, other_seller, person, identity
    ):
        team = Team.objects.create(name="Pumps")
        team.members.add(seller)
        template = make_template(other_seller)
        template.teams.add(team)
        brochure = files.store_file(owner=other_seller, name="b.pdf", content=b"x", now=NOW)
        template.files.add(brochure)
        data = form(person, file=[brochure.pk])
        saved = post("save", **data)
        template.teams.clear()

        post("save", **(data | {"version": version_in(saved), "subject": "Pumps"}))

        email = Email.objects.get()
        assert email.subject == "Pumps"
        assert [each.file for each in email.files.all()] == [brochure]

    def test_somebody_elses_file_is_left_out(self, post, other_seller, person, identity):
        foreign = files.store_file(owner=other_seller, name="b.pdf", content=b"x", now=NOW)

        post("save", **form(person, file=[foreign.pk]))

        assert not Email.objects.get().files.exists()

    def test_more_than_one_email_can_carry_is_refused_and_nothing_is_lost(
        self, post, seller, person, identity
    ):
        half = b"0" * (StoredFile.MAX_BYTES // 2 + 1)
        stored = [
            files.store_file(owner=seller, name=name, content=half, now=NOW)
            for name in ("a.mp4", "b.mp4")
        ]

        data = form(person, file=[file.pk for file in stored], subject="Two films")
        for name in ("send", "save", "preview"):
            response = post(name, **data)
            assert "at most 20 MB together" in response.text
        assert "Two films" in post("send", **data).text
        assert not Email.objects.exists()


class TestFromAReminder:
    @pytest.fixture
    def reminder(self, seller, person):
        return create_reminder(
            owner=seller,
            kind=Reminder.Kind.EMAIL,
            subject="Ask about the pumps",
            due_at=NOW,
            person=person,
            campaign_id=7,
            campaign_name="Spring",
            now=NOW,
        )

    def test_it_is_shown_while_writing(self, seller_client, person, identity, reminder):
        response = seller_client.get(
            reverse("emails:compose"), {"person": person.pk, "reminder": reminder.pk}
        )

        assert "Ask about the pumps" in response.text

    def test_sending_completes_it_and_undo_opens_it_again(
        self, post, seller_client, person, identity, reminder
    ):
        response = post("send", **form(person, reminder=reminder.pk))

        reminder.refresh_from_db()
        assert reminder.state == "COMPLETED"
        email = Email.objects.get()
        assert (email.campaign_id, email.campaign_name) == (7, "Spring")

        undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
        seller_client.post(undo, headers={"HX-Request": "true"})
        reminder.refresh_from_db()
        assert reminder.state == "OPEN"

    def test_an_email_that_is_not_sent_leaves_it_open(self, post, person, identity, reminder):
        post("send", **form(person, reminder=reminder.pk, subject=""))

        reminder.refresh_from_db()
        assert reminder.state == "OPEN"

    def test_a_draft_goes_back_to_it(self, post, seller_client, person, identity, reminder):
        post("save", **form(person, reminder=reminder.pk))

        page = seller_client.get(reverse("emails:edit", args=[Email.objects.get().pk]))
        assert f'name="reminder" value="{reminder.pk}"' in page.text

    def test_somebody_elses_is_not_found(self, seller_client, person, other_seller, reminder):
        reminder.owner = other_seller
        reminder.save()

        response = seller_client.get(
            reverse("emails:compose"), {"person": person.pk, "reminder": reminder.pk}
        )
        assert response.status_code == 404

    @pytest.mark.usefixtures("identity")
    def test_what_a_floor_above_knows_of_it_is_there_to_begin_with(
        self, seller_client, person, reminder, monkeypatch
    ):
        seller = reminder.owner
        prices = files.store_file(owner=seller, name="prices.pdf", content=b"%PDF", now=NOW)

        def begin(_reminder, _now):
            email = Email(sender=seller, person=person, subject="From the campaign")
            return Beginning(email, [prices])

        monkeypatch.setattr("activities.emails.openings.beginnings", [begin])
        response = seller_client.get(
            reverse("emails:compose"), {"person": person.pk, "reminder": reminder.pk}
        )

        assert "From the campaign" in response.text
        assert "prices.pdf" in response.text

    def test_a_campaigns_email_is_not_discarded(self, post, person, identity, reminder):
        data = form(person, reminder=reminder.pk)
        post("save", **data)

        assert "Emails of a campaign cannot be deleted." in post("discard", **data).text


def test_a_kept_file_is_deleted_by_its_owner_alone(post, person, seller, other_seller):
    kept, somebody_elses = (
        files.store_file(owner=owner, name="price.pdf", content=b"%PDF", now=NOW)
        for owner in (seller, other_seller)
    )

    response = post("files", **form(person, delete=kept.pk))
    post("files", **form(person, delete=somebody_elses.pk))

    assert "price.pdf" not in response.text
    assert list(StoredFile.objects.all()) == [somebody_elses]


def test_the_preview_fills_in_the_fields(post, person, seller_client, identity):
    response = post("preview", **form(person, subject="For {{first_name}}"))

    assert "For Bo" in response.text
    email = Email.objects.get()
    content = seller_client.get(reverse("emails:content", args=[email.pk]))
    assert "Hello Bo" in content.text
    assert "sandbox" in content["Content-Security-Policy"]


def test_the_preview_takes_the_place_of_what_was_wrong_before(post, person, identity):
    data = form(person, body_html="<p>{{! say why }}</p>")
    refused = post("send", **data)
    preview = post("preview", **data | {"version": version_in(refused), "body_html": "<p>Hi</p>"})

    assert '<div id="compose-problems">' in refused.text
    assert "say why" in refused.text
    assert '<div id="compose-problems" hx-swap-oob="true"></div>' in preview.text
    assert "say why" not in preview.text


def test_discarding_can_be_undone(post, seller_client, person, identity):
    data = form(person)
    post("save", **data)
    email = Email.objects.get()

    post("discard", **data)
    email.refresh_from_db()
    assert email.deleted_at

    seller_client.post(f"{reverse('emails:undelete')}?email={email.pk}")
    email.refresh_from_db()
    assert email.deleted_at is None


def test_a_follow_up_answers_in_the_same_thread(post, seller_client, seller, person, identity):
    first = make_email(seller, person, state="SENT")
    opened = seller_client.get(reverse("emails:compose"), {"follow_up_to": first.pk})
    assert "Bo Buyer" in opened.text

    post("send", **form(person, subject="", follow_up_to=first.pk))

    follow_up = Email.objects.get(follow_up_to=first)
    assert follow_up.state == "SCHEDULED"


def test_what_is_scheduled_is_edited_as_a_draft_first(seller_client, seller, identity):
    email = services.schedule(email=make_email(seller), now=NOW, at=NOW + timedelta(days=1))

    response = seller_client.get(reverse("emails:edit", args=[email.pk]))

    assert response["Location"] == reverse("emails:email", args=[email.pk])
