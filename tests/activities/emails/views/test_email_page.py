"""The page of one email: what was sent, what came of it, and what can be done about it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from activities.emails.models import Email, EmailLink, InboundMessage, TrackingHit
from activities.emails.tracking.addresses import unsubscribe_url
from activities.models import Activity
from tests.activities.factories import NOW, make_email, make_identity
from tests.factories import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_clock")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def page_of(seller_client):
    def get(email):
        return seller_client.get(reverse("emails:email", args=[email.pk]))

    return get


@pytest.fixture
def do(seller_client):
    def post(email, action, **data):
        url = reverse("emails:act", args=[email.pk, action])
        return seller_client.post(url, data, headers=HTMX)

    return post


@pytest.fixture
def post(seller_client):
    def send(name, email, **data):
        url = reverse(f"emails:{name}", args=[email.pk])
        return seller_client.post(url, data, headers=HTMX)

    return send


class TestBeingSent:
    """Whether the worker still lives is not known; until when it is waited for, is."""

    def test_what_the_server_was_given_says_until_when_it_is_waited_for(self, page_of, seller):
        until = NOW + timedelta(minutes=15)
        email = make_email(
            seller, state="IN_PROGRESS", lease_until=until, transmitting_at=NOW, subject="Pumps"
        )

        page = page_of(email).text

        assert "The mail server has had it since 10:00" in page
        assert "this says so at 10:15 and asks what to do" in page

    def test_what_was_not_begun_says_when_it_is_tried_again(self, page_of, seller):
        email = make_email(seller, state="IN_PROGRESS", lease_until=NOW + timedelta(minutes=15))

        assert "it is tried again at 10:15" in page_of(email).text


class TestWhoSeesIt:
    def test_its_sender_and_admins_do_and_nobody_else(self, client, seller, other_seller, admin):
        email = make_email(seller, state="SENT")

        found = {}
        for user in (seller, admin, other_seller):
            client.force_login(user)
            pages = [reverse(f"emails:{name}", args=[email.pk]) for name in ("email", "content")]
            found[user.email] = [client.get(url).status_code for url in pages]

        assert found == {
            "sam@example.com": [200, 200],
            "admin@example.com": [200, 200],
            "olga@example.com": [404, 404],
        }

    def test_an_admin_is_offered_nothing_to_do(self, admin_client, seller):
        email = make_email(seller, state="SENT")

        page = admin_client.get(reverse("emails:email", args=[email.pk]))

        assert "Archive" not in page.text

    @pytest.mark.parametrize("name", ["unschedule", "reschedule", "settle", "delete"])
    def test_an_admin_changes_nothing_of_others(self, admin_client, seller, name):
        email = make_email(seller, state="SCHEDULED")

        response = admin_client.post(reverse(f"emails:{name}", args=[email.pk]))

        assert response.status_code == 404


class TestWhatItShows:
    def test_the_text_that_went_out_is_in_a_frame_of_its_own(self, page_of, seller_client, seller):
        html = '<p style="color: red">Sent<img src="https://example.com/a.png"></p>'
        email = make_email(seller, state="SENT", sent_html=html)

        page = page_of(email)
        content = seller_client.get(reverse("emails:content", args=[email.pk]))

        assert "<iframe" in page.text
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
        assert html in content.text
        policy = content["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert content["X-Frame-Options"] == "SAMEORIGIN"

    def test_opens_clicks_and_replies_are_in_order_and_machines_are_marked(self, page_of, seller):
        email = make_email(seller, state="SENT")
        link = EmailLink.objects.create(email=email, position=0, url="https://example.com/pumps")
        kinds = TrackingHit.Kind
        for minutes, kind, verdict, reason in (
            (1, kinds.OPEN, "AUTOMATED", "Known scanner"),
            (5, kinds.OPEN, "HUMAN", ""),
            (6, kinds.CLICK, "HUMAN", ""),
            (7, kinds.OPEN, "SELF", ""),
        ):
            TrackingHit.objects.create(
                email=email,
                kind=kind,
                link=link if kind == kinds.CLICK else None,
                verdict=verdict,
                verdict_reason=reason,
                occurred_at=NOW + timedelta(minutes=minutes),
            )
        InboundMessage.objects.create(
            email=email,
            uid_validity=1,
            uid=1,
            message_id="x",
            kind="REPLY",
            from_address="bo@example.com",
            text="Yes, please.",
            received_at=NOW + timedelta(hours=1),
            created_at=NOW,
        )

        page = page_of(email)

        found = [(each.icon, each.is_counted) for each in page.context["happenings"]]
        assert found == [
            ("arrow-back-up", True),
            ("eye", False),
            ("pointer", True),
            ("eye", True),
            ("eye", False),
            ("send", True),
            ("pencil", True),
        ]
        for words in ("Yes, please.", "Known scanner", "Own view", "https://example.com/pumps"):
            assert words in page.text

    def test_the_reason_of_a_failure_is_there(self, page_of, seller):
        email = make_email(seller, state="FAILED", reason="550 No such user", settled_at=NOW)

        assert "550 No such user" in page_of(email).text


class TestWhatCanBeDone:
    @pytest.mark.parametrize(
        ("state", "offered"),
        [
            ("DRAFT", ["Continue writing", "Delete"]),
            ("SCHEDULED", ["Back to draft", "Change the time", "Delete"]),
            ("IN_PROGRESS", []),
            ("SENT", ["Follow up", "Success", "Archive"]),
            ("FAILED", ["Send again", "Delete"]),
            ("BOUNCED", ["Send again", "Delete"]),
            ("SPAM", ["Send again", "Delete"]),
            ("UNCERTAIN", ["It was sent", "It was not sent: send again"]),
            ("CANCELLED", ["Delete"]),
        ],
    )
    def test_by_state(self, page_of, seller, state, offered):
        page = page_of(make_email(seller, state=state, lease_until=NOW))

        known = [
            "Continue writing",
            "Back to draft",
            "Change the time",
            "Follow up",
            "Success",
            "Archive",
            "Send again",
            "It was sent",
            "It was not sent: send again",
            "Delete",
        ]
        main = page.text.split("</h1>")[1]
        assert [words for words in known if f"</svg>{words}<" in main] == offered

    def test_a_campaigns_email_cannot_be_deleted(self, page_of, post, seller):
        email = make_email(seller, state="FAILED", campaign_id=7)

        assert "</svg>Delete<" not in page_of(email).text
        assert "Emails of a campaign cannot be deleted." in post("delete", email).text

    def test_retry(self, do, seller):
        email = make_email(seller, state="FAILED")

        assert "On its way again." in do(email, "retry").text
        email.refresh_from_db()
        assert email.state == "SCHEDULED"

    def test_what_went_out_in_another_window_is_said(self, do, seller):
        email = make_email(seller, state="SENT")

        assert "Only an undelivered email can be sent again." in do(email, "retry").text

    def test_success_and_back(self, do, post, seller):
        email = make_email(seller, state="SENT")

        do(email, "success")
        email.refresh_from_db()
        assert email.is_success

        post("no-success", email)
        email.refresh_from_db()
        assert not email.is_success

    def test_an_unknown_action_is_not_found(self, do, seller):
        assert do(make_email(seller), "explode").status_code == 404

    def test_another_time(self, post, seller):
        email = make_email(seller, state="SCHEDULED")

        post("reschedule", email, day="2026-12-01", clock="09:30")

        email.refresh_from_db()
        assert email.next_attempt_at == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)

    def test_a_time_that_has_passed_is_refused_in_words(self, post, seller):
        email = make_email(seller, state="SCHEDULED")

        response = post("reschedule", email, day="2026-11-01", clock="09:30")

        assert "This time has passed already." in response.text
        email.refresh_from_db()
        assert email.next_attempt_at == NOW

    def test_deleting_can_be_undone(self, post, seller, seller_client):
        email = make_email(seller, state="FAILED")

        response = post("delete", email)

        assert f"{reverse('emails:undelete')}?email={email.pk}" in response["HX-Trigger"]


class TestUncertain:
    @pytest.fixture
    def email(self, seller):
        make_identity(seller)
        return make_email(seller, make_person(), state="UNCERTAIN")

    def test_it_was_sent(self, post, email):
        assert "Kept as sent." in post("settle", email, was_sent="yes").text

        email.refresh_from_db()
        assert email.state == "SENT"
        assert Activity.objects.get().kind == "EMAIL_SENT"

    def test_it_was_not_sent_and_goes_out_again(self, post, email):
        assert "On its way again." in post("settle", email, was_sent="no").text

        email.refresh_from_db()
        assert email.state == "SCHEDULED"
        assert not Activity.objects.exists()

    def test_it_is_settled_once(self, post, email):
        post("settle", email, was_sent="yes")

        response = post("settle", email, was_sent="no")

        assert "This email is not uncertain any more." in response.text
        assert Email.objects.get().state == "SENT"


def test_the_sellers_copy_leads_to_no_page_that_is_the_readers_alone(seller, seller_client):
    email = make_email(seller, state=Email.State.SENT)
    address = unsubscribe_url(email=email, base="https://go.example.com")
    html = f'<p><a href="{address}">here</a> <a href="https://example.com/">there</a></p>'
    Email.objects.filter(pk=email.pk).update(sent_html=html)

    page = seller_client.get(reverse("emails:content", args=[email.pk])).text

    assert address not in page
    assert '<a href="#">here</a> <a href="https://example.com/">there</a>' in page


def test_the_text_of_an_uncertain_email_is_the_one_that_may_have_arrived(seller, seller_client):
    email = make_email(seller, state="UNCERTAIN", body_html="<p>Written since</p>")

    content = seller_client.get(reverse("emails:content", args=[email.pk]))

    assert "Shall we talk about them?" in content.text
    assert "Written since" not in content.text
