"""What keeps an email back, in which order, before it is sent and when it is."""

from datetime import timedelta

import pytest

from activities.emails.failures import Code, Stop, Wait
from activities.emails.gate_context import GateContext
from activities.emails.gates import Gate, add_gate, send_gates, verdict_on
from activities.emails.models import (
    BlockedDomain,
    BouncedAddress,
    DeliveryChannel,
    Email,
    EmailBatch,
    EmailSettings,
)
from activities.emails.preflight import problems
from people.models import Unsubscribe
from people.unsubscribes import unsubscribe
from syncing.people_sync.removals import merge_losers
from tests.activities.factories import NOW, make_channel, make_email, make_identity
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
State = Email.State


@pytest.fixture
def ready(seller):
    """A seller with all that sending needs."""
    make_identity(seller)
    make_channel(seller)
    return seller


def verdict(email, *, now=NOW):
    return verdict_on(email, GateContext([email], now))


def block(domain):
    BlockedDomain.objects.create(domain=domain, created_at=NOW)


def bounce(address):
    BouncedAddress.objects.create(address=address, message="No such user", bounced_at=NOW)


def unsubscribed(**fields):
    person = make_person(**fields)
    unsubscribe(person=person, source=Unsubscribe.Source.MANUAL, now=NOW)
    return person


def test_a_good_email_passes(ready):
    assert verdict(make_email(ready)) is None


# In the order of the gates; each mends what the one before complains of.
def test_the_gates_come_in_their_order(seller):
    EmailSettings.objects.create(pk=1, daily_cap=0)
    block("blocked.example")
    person = unsubscribed(email="ann@blocked.example")
    bounce("ann@blocked.example")
    seller.is_active = False
    email = make_email(seller, person, body_html="<p>{{! prompt }} {{no_such_field}}</p>")
    said = []

    def next_verdict():
        found = verdict(email)
        said.append(str(found.code) if found else None)

    next_verdict()
    seller.is_active = True
    next_verdict()
    email.identity = make_identity(seller, verified_at=None)
    next_verdict()
    email.identity.verified_at = NOW
    next_verdict()
    channel = make_channel(seller, state=DeliveryChannel.State.NEEDS_ATTENTION)
    next_verdict()
    channel.state, channel.paused_until = DeliveryChannel.State.OK, NOW + timedelta(minutes=1)
    channel.save()
    next_verdict()
    channel.paused_until = NOW
    channel.save()
    next_verdict()
    EmailSettings.objects.update(daily_cap=1)
    next_verdict()
    BouncedAddress.objects.all().delete()
    next_verdict()
    BlockedDomain.objects.all().delete()
    next_verdict()
    Unsubscribe.objects.all().delete()
    next_verdict()
    email.body_html = "<p>{{no_such_field}}</p>"
    next_verdict()
    email.body_html = "<p>Hello</p>"
    next_verdict()

    assert said == [
        Code.SENDER_INACTIVE,
        Code.NO_IDENTITY,
        Code.IDENTITY_NOT_VERIFIED,
        Code.NO_CHANNEL,
        Code.CHANNEL_BROKEN,
        Code.CHANNEL_PAUSED,
        Code.DAILY_CAP,
        Code.ADDRESS_BOUNCED,
        Code.BLOCKED_DOMAIN,
        Code.UNSUBSCRIBED,
        Code.PROMPT_LEFT,
        Code.UNRESOLVED_FIELD,
        None,
    ]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"removed_reason": "OWNER_LOST"}, Code.PERSON_REMOVED, "No longer has a sales owner"),
        ({"email": ""}, Code.NO_ADDRESS, "Ann Bell has no email address"),
        ({"email": "ann at example"}, Code.BAD_ADDRESS, "“ann at example” is not"),
        ({"email": "ann@example.com, bob@example.com"}, Code.BAD_ADDRESS, "is not an email"),
    ],
)
def test_a_person_who_cannot_be_reached_stops_it(ready, fields, code, words):
    person = make_person(first_name="Ann", last_name="Bell", **fields)

    stop = verdict(make_email(ready, person))

    assert isinstance(stop, Stop)
    assert stop.code == code
    assert words in stop.reason


class TestBouncedAddress:
    def test_nothing_is_sent_to_it_in_whatever_case(self, ready):
        bounce("ann@example.com")

        stop = verdict(make_email(ready, make_person(email="Ann@Example.com")))

        assert stop == Stop(
            Code.ADDRESS_BOUNCED, "Ann@Example.com does not take mail: No such user"
        )

    def test_nor_as_a_copy(self, ready):
        bounce("bob@example.com")

        assert verdict(make_email(ready, cc=["bob@example.com"])).code == Code.ADDRESS_BOUNCED


class TestBlockedDomain:
    @pytest.mark.parametrize(
        "address", ["ann@blocked.example", "ann@mail.blocked.example", "ann@BLOCKED.example"]
    )
    def test_it_and_what_is_below_is_blocked(self, ready, address):
        block("blocked.example")

        assert verdict(make_email(ready, make_person(email=address))).code == Code.BLOCKED_DOMAIN

    @pytest.mark.parametrize("address", ["ann@notblocked.example", "ann@blocked.example.com"])
    def test_others_are_not(self, ready, address):
        block("blocked.example")

        assert verdict(make_email(ready, make_person(email=address))) is None

    def test_copies_are_blocked_too(self, ready):
        block("blocked.example")

        assert verdict(make_email(ready, bcc=["bob@blocked.example"])).code == Code.BLOCKED_DOMAIN

    def test_nothing_bypasses_it(self, ready):
        block("blocked.example")
        email = make_email(ready, make_person(email="ann@blocked.example"), is_non_commercial=True)

        assert verdict(email).code == Code.BLOCKED_DOMAIN

    def test_a_domain_in_another_script_is_known(self, ready):
        block("xn--bcher-kva.example")

        assert verdict(make_email(ready, make_person(email="ann@bücher.example"))) is not None


class TestUnsubscribed:
    def test_the_person_gets_nothing(self, ready):
        stop = verdict(make_email(ready, unsubscribed(first_name="Ann", last_name="Bell")))

        assert stop == Stop(Code.UNSUBSCRIBED, "Ann Bell unsubscribed.")

    def test_nor_does_somebody_else_with_the_address(self, ready):
        unsubscribed(email="office@example.com")

        stop = verdict(make_email(ready, make_person(email="Office@example.com")))

        assert stop.code == Code.UNSUBSCRIBED

    def test_nor_does_the_address_as_a_copy(self, ready):
        unsubscribed(email="bob@example.com")

        assert verdict(make_email(ready, cc=["bob@example.com"])).code == Code.UNSUBSCRIBED

    def test_whom_marketo_merged_in_counts(self, ready):
        winner = make_person(email="new@example.com")
        loser = unsubscribed(email="old@example.com")
        merge_losers({loser.marketo_id: winner.marketo_id}, now=NOW)

        stop = verdict(make_email(ready, winner))

        assert stop.code == Code.UNSUBSCRIBED

    def test_a_person_whose_address_changed_stays_unsubscribed(self, ready):
        person = unsubscribed(email="old@example.com")
        person.email = "new@example.com"

        assert verdict(make_email(ready, person)).code == Code.UNSUBSCRIBED

    def test_a_non_commercial_email_passes(self, ready):
        assert verdict(make_email(ready, unsubscribed(), is_non_commercial=True)) is None


class TestChannel:
    def test_the_teams_serves_whoever_has_none(self, ready):
        other = make_user()
        make_identity(other)
        assert verdict(make_email(other)).code == Code.NO_CHANNEL

        make_channel()

        assert verdict(make_email(other)) is None

    def test_what_a_broken_one_complains_of_is_said(self, ready):
        ready.delivery_channel.state = DeliveryChannel.State.NEEDS_ATTENTION
        ready.delivery_channel.state_reason = "535 wrong password"
        ready.delivery_channel.save()

        wait = verdict(make_email(ready))

        assert isinstance(wait, Wait)
        assert wait.reason == "The mail server needs attention: 535 wrong password"


class TestDailyCap:
    @pytest.fixture(autouse=True)
    def _cap(self, ready):
        EmailSettings.objects.create(pk=1, daily_cap=2)

    def test_the_day_is_the_senders(self, ready):
        ready.time_zone = "America/Los_Angeles"
        midnight = NOW.replace(hour=8)  # in Los Angeles
        make_email(ready, state=State.SENT, sent_at=midnight)
        yesterdays = make_email(ready, state=State.SENT, sent_at=midnight - timedelta(seconds=1))
        assert verdict(make_email(ready)) is None

        yesterdays.sent_at = midnight + timedelta(seconds=1)
        yesterdays.save()

        wait = verdict(make_email(ready))
        assert (wait.code, wait.until) == (Code.DAILY_CAP, midnight + timedelta(days=1))
        assert wait.reason == "2 emails a day are the limit."

    def test_the_day_that_is_longer_by_an_hour_is_waited_out(self, ready):
        ready.time_zone = "Europe/Berlin"
        now = NOW.replace(month=10, day=25)  # summer time ended this night
        for _ in range(2):
            make_email(ready, state=State.SENT, sent_at=now)

        assert verdict(make_email(ready), now=now).until == now.replace(hour=23)

    def test_what_may_be_out_counts(self, ready):
        make_email(ready, state=State.UNCERTAIN)
        make_email(ready, state=State.IN_PROGRESS, transmitting_at=NOW, lease_until=NOW)

        assert verdict(make_email(ready)).code == Code.DAILY_CAP

    def test_what_others_sent_does_not(self, ready):
        other = make_user()
        for _ in range(3):
            make_email(other, state=State.SENT)

        assert verdict(make_email(ready)) is None


class TestFollowUp:
    @pytest.mark.parametrize("state", [State.SCHEDULED, State.UNCERTAIN])
    def test_it_waits_for_the_first(self, ready, state):
        first = make_email(ready, state=state)

        wait = verdict(make_email(ready, first.person, follow_up_to=first))

        assert isinstance(wait, Wait)
        assert (wait.code, wait.queue) == (Code.FIRST_NOT_SENT, None)

    @pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.BOUNCED])
    def test_it_goes_out_when_the_first_is_settled(self, ready, state):
        first = make_email(ready, state=state)

        assert verdict(make_email(ready, first.person, follow_up_to=first)) is None


class TestPreflight:
    def test_everybody_who_would_be_skipped_is_named_with_the_reason(self, ready):
        good = make_email(ready)
        gone = make_email(ready, make_person(removed_reason="DELETED"))
        silent = make_email(ready, unsubscribed())

        found = problems(emails=[good, gone, silent], now=NOW)

        assert [(problem.email, problem.code, problem.is_wait) for problem in found] == [
            (gone, Code.PERSON_REMOVED, False),
            (silent, Code.UNSUBSCRIBED, False),
        ]
        assert found[0].message == f"{gone.person} left the workspace: Deleted in Marketo."

    def test_what_exceeds_the_day_would_wait(self, ready):
        EmailSettings.objects.create(pk=1, daily_cap=2)
        make_email(ready, state=State.SENT)
        emails = [make_email(ready) for _ in range(3)]

        found = problems(emails=emails, now=NOW)

        assert [(problem.email, problem.is_wait) for problem in found] == [
            (emails[1], True),
            (emails[2], True),
        ]

    def test_an_address_gets_one_email_of_a_batch(self, ready):
        batch = EmailBatch.objects.create(sender=ready, kind="SELECT_AND_SEND", created_at=NOW)
        emails = [
            make_email(ready, make_person(email=address), batch=batch)
            for address in ("ann@example.com", "bob@example.com", "Ann@Example.com")
        ]

        (problem,) = problems(emails=emails, now=NOW)

        assert (problem.email, problem.code) == (emails[2], Code.DUPLICATE_ADDRESS)

    def test_the_number_of_queries_does_not_grow_with_the_emails(
        self, ready, django_assert_max_num_queries
    ):
        emails = [make_email(ready, make_person(title=f"No {number}")) for number in range(20)]

        with django_assert_max_num_queries(12):
            assert problems(emails=emails, now=NOW) == []


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{{phone}}", "There is no value for {{phone}}."),
        ("{{phone}} {{work_website}}", "There is no dynamic field {{work_website}}."),
        ('{{sfdc_account_name | default: ""}}', "There is no dynamic field {{sfdc_account_name}}."),
    ],
)
def test_a_field_that_there_is_not_is_told_from_one_without_a_value(ready, written, words):
    email = make_email(ready, make_person(phone=""), body_html=f"<p>{written}</p>")

    assert verdict(email).reason.startswith(words)


def test_an_upper_floor_adds_a_gate_where_it_belongs(ready):
    gate = Gate("elsewhere", lambda *_asked: Stop("ELSEWHERE", "Unsubscribed elsewhere."))
    email = make_email(ready, body_html="<p>{{no_such_field}}</p>")
    add_gate(gate, before="content")

    try:
        assert verdict(email).code == "ELSEWHERE"
        assert verdict(make_email(ready, unsubscribed())).code == Code.UNSUBSCRIBED
    finally:
        send_gates.remove(gate)
