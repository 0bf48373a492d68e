"""The Command Center: folders, filters, pages, and what is done with many emails at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.urls import reverse

from activities.emails.folders import FOLDERS
from activities.emails.models import Email
from tests.activities.factories import NOW, make_email, make_template
from tests.factories import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_clock")]
URL = "/emails/"
HTMX = {"HX-Request": "true"}
State = Email.State


@pytest.fixture
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def subjects(seller_client):
    """The subjects that the list shows for these parameters, in its order."""

    def listed(**params):
        response = seller_client.get(URL, params)
        assert response.status_code == 200
        return [email.subject for email in response.context["page"].emails]

    return listed


@pytest.fixture
def act(seller_client):
    """Do something with the ticked emails."""

    def post(action, *emails, **options):
        data = {"action": action, "email": [email.pk for email in emails], "query": ""}
        return seller_client.post(reverse("emails:bulk"), data, **options)

    return post


class TestFolders:
    def test_each_email_is_in_the_folder_of_its_state(self, seller, subjects):
        for state in State:
            make_email(seller, state=state, subject=state, lease_until=NOW)

        found = {name: subjects(folder=name) for name in FOLDERS}

        assert found == {
            "delivered": ["SENT"],
            "archived": [],
            "scheduled": ["SCHEDULED"],
            "draft": ["DRAFT"],
            "in-progress": ["IN_PROGRESS"],
            "failed": ["FAILED"],
            "bounced": ["BOUNCED"],
            "spam": ["SPAM"],
            "uncertain": ["UNCERTAIN"],
            "cancelled": ["CANCELLED"],
        }

    def test_the_counts_are_those_of_the_lists(self, seller, seller_client):
        for _ in range(3):
            make_email(seller, state="FAILED")
        make_email(seller, state="SENT", archived_at=NOW)

        counts = seller_client.get(URL).context["counts"]

        assert (counts["failed"], counts["archived"], counts["delivered"]) == (3, 1, 0)

    def test_deleted_emails_are_in_no_folder(self, seller, subjects):
        make_email(seller, deleted_at=NOW)

        assert subjects(folder="draft") == []

    def test_an_empty_folder_says_what_would_be_in_it(self, seller_client):
        page = seller_client.get(URL, {"folder": "uncertain"})

        assert "Nothing in Uncertain" in page.text
        assert "nobody knows whether they went out" in page.text

    def test_an_unknown_folder_is_not_found(self, seller_client):
        assert seller_client.get(URL, {"folder": "attic"}).status_code == 404


class TestWhoSeesWhat:
    def test_sellers_see_their_own_emails_only(self, subjects, seller, other_seller):
        make_email(seller, subject="Mine", state="SENT")
        make_email(other_seller, subject="Theirs", state="SENT")

        assert subjects() == ["Mine"]

    def test_admins_see_all_and_may_choose_a_sender(self, admin_client, seller, other_seller):
        make_email(seller, subject="Sam's", state="SENT")
        make_email(other_seller, subject="Olga's", state="SENT")

        everything = admin_client.get(URL).context["page"].emails
        of_olga = admin_client.get(URL, {"sender": other_seller.pk})

        assert {email.subject for email in everything} == {"Sam's", "Olga's"}
        assert [email.subject for email in of_olga.context["page"].emails] == ["Olga's"]
        assert "Olga Other" in of_olga.text

    def test_an_admin_does_nothing_to_the_emails_of_others(self, admin_client, seller):
        email = make_email(seller, state="SENT")

        admin_client.post(reverse("emails:bulk"), {"action": "archive", "email": email.pk})

        email.refresh_from_db()
        assert email.archived_at is None


class TestNarrowing:
    @pytest.fixture(autouse=True)
    def _emails(self, seller):
        self.ludmilla = make_person(first_name="Ludmilla", last_name="Quist")
        self.template = make_template(seller)
        sent = {"state": "SENT"}
        make_email(seller, self.ludmilla, subject="About pumps", views=2, **sent)
        make_email(seller, subject="About valves", template=self.template, clicks=1, **sent)
        make_email(seller, subject="Old", campaign_id=7, campaign_name="Spring", **sent)
        Email.objects.filter(subject="Old").update(updated_at=NOW - timedelta(days=30))

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({"q": "valves"}, ["About valves"]),
            ({"q": "quist ludm"}, ["About pumps"]),
            ({"viewed": "true"}, ["About pumps"]),
            ({"viewed": "false", "clicked": "true"}, ["About valves"]),
            ({"replied": "true"}, []),
            ({"campaign": "7"}, ["Old"]),
            ({"until": "2026-11-01"}, ["Old"]),
            ({"since": "2026-11-01", "q": "quist"}, ["About pumps"]),
        ],
    )
    def test_filters(self, subjects, params, expected):
        assert subjects(**params) == expected

    def test_by_person_and_template(self, subjects):
        assert subjects(to=self.ludmilla.pk) == ["About pumps"]
        assert subjects(template=self.template.pk) == ["About valves"]

    def test_filters_are_shown_as_chips_that_can_be_removed(self, seller_client):
        page = seller_client.get(URL, {"to": self.ludmilla.pk, "campaign": "7", "viewed": "true"})

        chips = {chip.name: chip for chip in page.context["chips"]}
        assert chips["to"].value == "Ludmilla Quist"
        assert chips["campaign"].value == "Spring"
        assert "viewed" not in chips["viewed"].url
        assert "campaign=7" in chips["viewed"].url

    def test_nonsense_is_left_out(self, subjects):
        assert len(subjects(to="x", since="y", sort="z", cursor="ü")) == 3
        assert len(subjects(cursor="WyIyMDI2IiwxLHRydWVd")) == 3
        assert subjects(to=str(10**18)) == []

    def test_the_panel_of_filters_keeps_what_is_chosen(self, seller_client):
        page = seller_client.get(
            reverse("emails:filters"), {"folder": "delivered", "template": self.template.pk}
        )

        assert f'value="{self.template.pk}" selected' in page.text
        assert "Spring" in page.text

    def test_empty_fields_do_not_clutter_the_address(self, seller_client):
        response = seller_client.get(URL, {"folder": "draft", "q": ""})

        assert response["Location"] == f"{URL}?folder=draft"


class TestOrderAndPages:
    def test_pages_lead_through_all_and_back(self, seller, seller_client):
        for number in range(120):
            moment = NOW + timedelta(minutes=number // 3)
            make_email(seller, state="SENT", subject=str(number), updated_at=moment)

        seen, cursor = [], None
        for _ in range(3):
            page = seller_client.get(URL, {"cursor": cursor} if cursor else {}).context["page"]
            seen += [int(email.subject) for email in page.emails]
            cursor = page.next
        assert seen == list(range(119, -1, -1))
        assert cursor is None

        back = seller_client.get(URL, {"cursor": page.previous}).context["page"]
        assert [int(email.subject) for email in back.emails] == list(range(69, 19, -1))
        first = seller_client.get(URL, {"cursor": back.previous}).context["page"]
        assert [int(email.subject) for email in first.emails] == list(range(119, 69, -1))
        assert first.previous is None

    @pytest.mark.parametrize("column", ["views", "clicks", "replies"])
    def test_counters_sort_both_ways(self, seller, subjects, column):
        for count in (2, 9, 4):
            make_email(seller, state="SENT", subject=str(count), **{column: count})

        assert subjects(sort=f"-{column}") == ["9", "4", "2"]
        assert subjects(sort=column) == ["2", "4", "9"]

    @pytest.mark.parametrize("is_admin", [False, True])
    def test_it_takes_few_queries(self, client, seller, is_admin, django_assert_max_num_queries):
        if is_admin:
            seller.role = get_user_model().Role.ADMIN
            seller.save()
        template = make_template(seller)
        for _ in range(60):
            make_email(seller, state="SENT", template=template)
        client.force_login(seller)

        with django_assert_max_num_queries(12):
            client.get(URL, {"viewed": "false", "template": template.pk})


class TestDoingThings:
    def test_archive_and_back(self, act, seller, subjects):
        email = make_email(seller, state="SENT")

        assert "1 email archived." in act("archive", email, headers=HTMX)["HX-Trigger"]
        assert subjects(folder="archived") == [email.subject]

        act("unarchive", email)
        assert subjects(folder="delivered") == [email.subject]

    def test_delete_and_undo(self, act, seller, seller_client, subjects):
        first, second = make_email(seller, state="FAILED"), make_email(seller, state="FAILED")

        response = act("delete", first, second, headers=HTMX)
        assert "2 emails deleted." in response["HX-Trigger"]
        assert subjects(folder="failed") == []

        seller_client.post(f"{reverse('emails:undelete')}?email={first.pk}&email={second.pk}")
        assert len(subjects(folder="failed")) == 2

    def test_failed_ones_are_sent_again(self, act, seller, subjects):
        act("retry", make_email(seller, state="FAILED"), make_email(seller, state="BOUNCED"))

        assert len(subjects(folder="scheduled")) == 2

    def test_a_schedule_is_cancelled(self, act, seller, subjects):
        act("unschedule", make_email(seller, state="SCHEDULED"))

        assert len(subjects(folder="draft")) == 1

    def test_what_cannot_be_done_is_said_with_the_reason(self, act, seller):
        fine = make_email(seller, state="SENT", archived_at=NOW)
        of_campaign = make_email(seller, state="SENT", archived_at=NOW, campaign_id=7)

        told = act("delete", fine, of_campaign, headers=HTMX)["HX-Trigger"]

        assert "1 email deleted." in told
        assert "1 was left as it is: Emails of a campaign cannot be deleted." in told

    def test_the_emails_of_others_stay_untouched(self, act, other_seller):
        email = make_email(other_seller, state="SENT")

        act("archive", email)

        email.refresh_from_db()
        assert email.archived_at is None

    def test_an_unknown_action_is_not_found(self, act, seller):
        assert act("explode", make_email(seller)).status_code == 404

    def test_without_scripts_it_says_so_on_the_next_page(self, act, seller):
        response = act("archive", make_email(seller, state="SENT"), follow=True)

        assert "1 email archived." in response.text


class TestPersonCard:
    def test_a_persons_emails_are_on_their_panel(self, seller_client, seller, other_seller):
        person = make_person()
        make_email(seller, person, state="SENT", sent_subject="Your pumps", views=3)
        make_email(other_seller, person, state="SENT", sent_subject="A secret")

        page = seller_client.get(reverse("emails:about", args=[person.pk]))

        assert "Your pumps" in page.text
        assert "views 3, clicks 0, replies 0" in page.text
        assert "A secret" not in page.text

    def test_the_buttons_lead_to_writing(self, seller_client):
        person = make_person()

        page = seller_client.get(reverse("people:person", args=[person.pk]))

        assert f"{reverse('emails:compose')}?person={person.pk}" in page.text


def test_a_day_is_one_of_the_users_own_zone(seller, seller_client):
    seller.time_zone = "Pacific/Auckland"
    seller.save()
    late = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # the 24th in Auckland
    make_email(seller, state="SENT", updated_at=late)

    assert seller_client.get(URL, {"since": "2026-11-24"}).context["page"].emails
    assert not seller_client.get(URL, {"until": "2026-11-23"}).context["page"].emails
