"""Who opened and clicked: what the sweep makes of the hits."""

import pytest

from activities.emails.models import Email, EmailFile, EmailLink, StoredFile, TrackingHit
from activities.emails.tracking.judging import judge_hits
from activities.emails.tracking.tasks import judge_hits as judge_hits_task
from activities.models import Activity
from people.models import PersonEngagement

from .conftest import BROWSER, SENT_AT

pytestmark = pytest.mark.django_db

Kind = TrackingHit.Kind
Verdict = TrackingHit.Verdict
OPEN, CLICK, VIEW = Kind.OPEN, Kind.CLICK, Kind.VIEW


@pytest.fixture
def hit(email, later):
    """Make a hit so many seconds after the email went out."""

    def make(seconds, kind=OPEN, link=None, **fields):
        of = fields.pop("email", email)
        return TrackingHit.objects.create(
            email=of,
            kind=kind,
            link=of.links.get(position=link) if link else None,
            occurred_at=later(seconds),
            **{"user_agent": BROWSER, "ip_address": "192.0.2.7"} | fields,
        )

    return make


def verdicts():
    return list(TrackingHit.objects.order_by("pk").values_list("verdict", flat=True))


def kinds():
    return list(Activity.objects.order_by("occurred_at").values_list("kind", flat=True))


def test_an_open_is_counted_and_recorded(hit, email, later, seller):
    opened = hit(60)

    assert judge_hits(now=later(70)) == 1

    email.refresh_from_db()
    assert (email.views, email.clicks, email.last_engaged_at) == (1, 0, later(60))
    activity = Activity.objects.get()
    assert activity.kind == Activity.Kind.EMAIL_OPENED
    assert (activity.person, activity.actor) == (email.person, seller)
    assert (activity.occurred_at, activity.recorded_at) == (later(60), later(70))
    assert activity.idempotency_key == f"hit:{opened.pk}"
    assert activity.details["email_subject"] == f"Your pumps (SIA-{email.pk:08d})"
    assert PersonEngagement.objects.get(person=email.person).views == 1


def test_a_click_is_counted_for_its_link_and_recorded(hit, email, later):
    hit(60, CLICK, link=2)

    judge_hits(now=later(70))

    email.refresh_from_db()
    assert (email.views, email.clicks) == (0, 1)
    assert list(email.links.order_by("position").values_list("clicks", flat=True)) == [0, 1]
    activity = Activity.objects.get()
    assert activity.kind == Activity.Kind.EMAIL_CLICKED
    assert activity.details["link"] == "https://pumps.example.com/offer"


def test_a_look_at_a_tracked_file_is_a_click_with_its_name(hit, email, later, seller):
    file = StoredFile.objects.create(
        owner=seller,
        name="Offer.pdf",
        content_type="application/pdf",
        size=1,
        content=b"x",
        created_at=SENT_AT,
    )
    EmailFile.objects.create(email=email, file=file, is_tracked=True)
    hit(60, VIEW, file=file)

    judge_hits(now=later(70))

    email.refresh_from_db()
    assert email.clicks == 1
    assert Activity.objects.get().details["link"] == "Offer.pdf"


def test_each_look_is_counted(hit, email, later):
    for seconds in (60, 600, 6_000):
        hit(seconds)

    judge_hits(now=later(10_000))

    email.refresh_from_db()
    assert (email.views, email.last_engaged_at) == (3, later(6_000))
    assert kinds() == [Activity.Kind.EMAIL_OPENED] * 3


def test_judged_again_nothing_changes(hit, email, later):
    hit(60)
    judge_hits(now=later(70))

    assert judge_hits(now=later(80)) == 0

    email.refresh_from_db()
    assert email.views == 1
    assert Activity.objects.count() == 1


def test_hits_wait_until_a_scanner_would_have_shown_itself(hit, later):
    hit(60, CLICK, link=1)

    assert judge_hits(now=later(64)) == 0
    assert judge_hits(now=later(65)) == 1


def test_own_views_are_kept_and_not_counted(hit, email, later):
    hit(60, is_self=True)
    hit(600, CLICK, link=1, is_self=True)

    judge_hits(now=later(700))

    assert verdicts() == [Verdict.SELF, Verdict.SELF]
    email.refresh_from_db()
    assert (email.views, email.clicks, email.last_engaged_at) == (0, 0, None)
    assert not Activity.objects.exists()


def test_machines_are_kept_with_what_gives_them_away_and_not_counted(hit, later):
    hit(60, user_agent="curl/8.14.1")
    hit(61, user_agent="Mozilla/5.0")

    judge_hits(now=later(70))

    assert list(TrackingHit.objects.order_by("pk").values_list("verdict", "verdict_reason")) == [
        (Verdict.AUTOMATED, "A program, not a browser"),
        (Verdict.AUTOMATED, "Apple fetches pictures ahead of the reader"),
    ]
    assert not Activity.objects.exists()


def test_a_click_within_seconds_of_the_delivery_is_a_scanners(hit, later):
    hit(4, CLICK, link=1)
    hit(20, CLICK, link=2)

    judge_hits(now=later(30))

    assert verdicts() == [Verdict.AUTOMATED, Verdict.HUMAN]


def test_all_links_within_seconds_are_a_scanners_clicks(hit, later):
    hit(60, CLICK, link=1)
    hit(62, CLICK, link=2)

    judge_hits(now=later(80))

    assert verdicts() == [Verdict.AUTOMATED, Verdict.AUTOMATED]
    assert not Activity.objects.exists()


def test_the_scanner_is_seen_whatever_the_sweep_finds_first(hit, later):
    """The second click is too young to be judged, and yet betrays the first."""
    hit(60, CLICK, link=1)
    hit(64, CLICK, link=2)

    judge_hits(now=later(65))
    assert verdicts() == [Verdict.AUTOMATED, Verdict.PENDING]
    judge_hits(now=later(70))

    assert verdicts() == [Verdict.AUTOMATED, Verdict.AUTOMATED]


def test_a_reader_who_takes_time_between_links_is_no_scanner(hit, later):
    hit(60, CLICK, link=1)
    hit(70, CLICK, link=2)

    judge_hits(now=later(80))

    assert verdicts() == [Verdict.HUMAN, Verdict.HUMAN]


def test_clicking_the_only_link_is_nothing_odd(hit, later, make_sent):
    single = make_sent(urls=["https://example.com"])
    hit(60, CLICK, link=1, email=single)

    judge_hits(now=later(70))

    assert verdicts() == [Verdict.HUMAN]


def test_what_a_scanner_opens_besides_its_clicks_is_its_own(hit, later):
    hit(59)
    hit(60, CLICK, link=1)
    hit(60, CLICK, link=2)
    hit(61, ip_address="198.51.100.9")

    judge_hits(now=later(80))

    assert verdicts() == [Verdict.AUTOMATED] * 3 + [Verdict.HUMAN]


def test_asked_for_twice_in_a_moment_an_open_counts_once(hit, email, later):
    """Picture proxies ask from another address each time."""
    hit(60)
    hit(75, ip_address="192.0.2.8")
    hit(91)

    judge_hits(now=later(100))

    assert verdicts() == [Verdict.HUMAN, Verdict.REPEATED, Verdict.HUMAN]
    email.refresh_from_db()
    assert email.views == 2


def test_an_open_that_an_earlier_sweep_counted_is_not_counted_again(hit, later):
    hit(60)
    judge_hits(now=later(65))
    hit(80)

    judge_hits(now=later(85))

    assert verdicts() == [Verdict.HUMAN, Verdict.REPEATED]


def test_two_programs_of_the_reader_are_two_looks(hit, later):
    hit(60)
    hit(61, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)")

    judge_hits(now=later(80))

    assert verdicts() == [Verdict.HUMAN, Verdict.HUMAN]


def test_an_archived_email_is_not_tracked(hit, email, later):
    hit(60)
    Email.objects.update(archived_at=later(100))
    hit(160)

    judge_hits(now=later(200))

    assert verdicts() == [Verdict.HUMAN, Verdict.ARCHIVED]
    email.refresh_from_db()
    assert email.views == 1


def test_an_unarchived_email_is_tracked_again(hit, later):
    Email.objects.update(archived_at=later(100))
    Email.objects.update(archived_at=None)
    hit(160)

    judge_hits(now=later(200))

    assert verdicts() == [Verdict.HUMAN]


@pytest.mark.parametrize("state", [Email.State.IN_PROGRESS, Email.State.UNCERTAIN])
def test_what_is_opened_before_it_is_known_to_be_sent_waits(hit, later, email, state):
    """No open is recorded ahead of the sending."""
    fields = {"lease_until": later(900), "sent_at": None, "message_id": None}
    Email.objects.update(state=state, **fields)
    hit(60)

    assert judge_hits(now=later(70)) == 0
    Email.objects.update(
        state=Email.State.SENT, sent_at=later(50), message_id="x@example.com", lease_until=None
    )
    judge_hits(now=later(80))

    assert verdicts() == [Verdict.HUMAN]


def test_many_emails_are_judged_in_one_sweep(hit, later, make_sent):
    for _ in range(450):
        hit(60, email=make_sent())

    assert judge_hits(now=later(70)) == 450
    assert Activity.objects.count() == 450


def test_the_number_of_queries_does_not_grow_with_the_hits(
    hit, later, make_sent, django_assert_max_num_queries
):
    link = "https://example.com"
    for _ in range(20):
        email = make_sent(urls=[link])
        hit(60, email=email)
        hit(61, CLICK, link=1, email=email)

    with django_assert_max_num_queries(19):
        assert judge_hits(now=later(100)) == 40

    assert set(EmailLink.objects.filter(url=link).values_list("clicks", flat=True)) == {1}


def test_the_sweep_is_the_workers_task(hit):
    hit(60)

    judge_hits_task()

    assert verdicts() == [Verdict.HUMAN]


def test_a_flood_of_clicks_is_automated_and_holds_nobody_up(hit, email, later):
    for number in range(600):
        hit(60 + number / 200, CLICK, link=1)
        hit(60 + number / 200)
    reader = hit(600, CLICK, link=1)

    judge_hits(now=later(700))

    reader.refresh_from_db()
    assert reader.verdict == Verdict.HUMAN
    email.refresh_from_db()
    assert (email.views, email.clicks) == (0, 1)
