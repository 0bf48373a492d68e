"""The whole way: sent by SMTP, opened and clicked over HTTP, judged, answered, read by IMAP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import Email, TrackingHit
from activities.emails.sending import send_due
from activities.emails.services import draft_email, schedule
from activities.emails.tracking.judging import judge_hits
from activities.models import Activity
from people.models import Unsubscribe
from tests.activities.factories import make_identity
from tests.factories import make_person

pytestmark = pytest.mark.django_db(transaction=True)

BODY = (
    '<p>See <a href="{site}/health/?a=1&amp;b=2">our pumps</a> or <a href="{site}/health/">all</a>.'
    " {{{{team_unsubscribe}}}}</p>"
)


@pytest.fixture
def arrived(live_server, settings, mail, channel, seller):
    """What a prospect has in the mailbox, sent half a minute ago."""
    make_identity(seller)
    settings.PUBLIC_URL = live_server.url
    poll_mailboxes(now=timezone.now())
    sent_at = timezone.now() - timedelta(seconds=30)
    person = make_person(first_name="Ann", email="ann@prospect.example.com")
    email = draft_email(
        sender=seller,
        person=person,
        subject="Your pumps",
        body_html=BODY.format(site=live_server.url),
        now=sent_at,
    )
    schedule(email=email, now=sent_at)
    assert send_due(now=sent_at) == 1
    return mail.message("ann@prospect.example.com")


def judge():
    judge_hits(now=timezone.now() + timedelta(seconds=30))


def kinds():
    return set(Activity.objects.values_list("kind", flat=True))


def test_a_prospect_opens_clicks_and_answers(arrived, mail, live_server):
    offer = next(link for link in mail.links(arrived) if "/t/c/" in link)

    mail.open(arrived)
    addresses = mail.click(arrived, offer)
    judge()
    mail.answer(arrived, text="Call me.")
    poll_mailboxes(now=timezone.now())

    assert addresses[-1] == f"{live_server.url}/health/?a=1&b=2"
    email = Email.objects.get()
    assert (email.views, email.clicks, email.replies) == (1, 1, 1)
    assert kinds() == {"EMAIL_SENT", "EMAIL_OPENED", "EMAIL_CLICKED", "EMAIL_REPLIED"}


def test_a_scanner_that_follows_everything_counts_for_nothing_and_unsubscribes_nobody(
    arrived, mail
):
    mail.scan(arrived)
    judge()

    assert TrackingHit.objects.count() >= 3
    assert set(TrackingHit.objects.values_list("verdict", flat=True)) == {"AUTOMATED"}
    assert kinds() == {"EMAIL_SENT"}
    assert not Unsubscribe.objects.exists()


def test_a_mail_program_unsubscribes_with_one_click(arrived, mail):
    assert mail.unsubscribe(arrived) == 200

    assert Unsubscribe.objects.get().person.email == "ann@prospect.example.com"
