"""Marketo is asked before each email goes out: a real SMTP server, and the sandbox's Marketo."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from activities.emails.models import Email
from activities.emails.preflight import problems
from activities.emails.sending import send_due
from syncing.connections import disconnect_marketo
from syncing.models import MarketoConnection
from syncing.sandbox.testing import running_mailbox
from syncing.unsubscribe_check.gate import BLOCKED, UNANSWERED
from syncing.unsubscribe_check.services import switch
from tests.activities.factories import NOW, make_channel, make_email, make_identity
from tests.factories import make_person
from tests.syncing.people_sync.driving import forget_budget

pytestmark = pytest.mark.django_db
LEADS = "/rest/v1/leads.json"
State = Email.State
LATER = NOW + timedelta(minutes=6)


@pytest.fixture(scope="module")
def _mailbox():
    with running_mailbox() as mail:
        yield mail


@pytest.fixture
def mail(_mailbox):
    _mailbox.clear()
    return _mailbox


@pytest.fixture
def write(seller, mail, marketo):
    """Queue an email to an address; the check is on."""
    make_identity(seller)
    make_channel(seller, mail=mail)
    switch(is_on=True)

    def write(address, *, state=State.SCHEDULED, **fields):
        return make_email(seller, make_person(email=address), state=state, **fields)

    return write


def standing(email):
    email.refresh_from_db()
    return email.state, email.reason_code, email.reason


def calls(sandbox):
    return sandbox.calls().get(LEADS, 0)


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("unsubscribed", "is unsubscribed in Marketo."),
        ("blackListed", "is on Marketo's block list."),
        ("emailInvalid", "is marked as invalid in Marketo."),
    ],
)
def test_who_is_flagged_in_marketo_gets_nothing(write, mail, sandbox, flag, words):
    sandbox.create_lead(lastName="Lee", email="Ann@Example.com", **{flag: True})
    email = write("ann@example.com")

    send_due(now=NOW)

    assert standing(email) == (State.FAILED, BLOCKED, f"ann@example.com {words}")
    assert mail.messages("ann@example.com") == []


def test_one_flagged_lead_of_several_with_the_address_is_enough(write, sandbox):
    for is_flagged in (False, True, False):
        sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=is_flagged)
    email = write("ann@example.com")

    send_due(now=NOW)

    assert standing(email)[1] == BLOCKED


def test_a_flagged_copy_keeps_the_email_back(write, sandbox):
    sandbox.create_lead(lastName="Boss", email="boss@example.com", unsubscribed=True)
    email = write("ann@example.com", cc=["Boss@example.com"])

    send_due(now=NOW)

    assert standing(email)[1] == BLOCKED


def test_the_others_and_those_marketo_does_not_know_get_theirs(write, mail, sandbox):
    sandbox.create_lead(lastName="Lee", email="ann@example.com")
    write("ann@example.com")
    write("nobody@example.com")

    send_due(now=NOW)

    assert len(mail.messages("ann@example.com")) == 1
    assert len(mail.messages("nobody@example.com")) == 1


def test_non_commercial_email_goes_out_without_asking(write, mail, sandbox):
    sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=True)
    write("ann@example.com", is_non_commercial=True)
    asked = calls(sandbox)

    send_due(now=NOW)

    assert len(mail.messages("ann@example.com")) == 1
    assert calls(sandbox) == asked


def test_without_the_switch_nobody_is_asked(write, mail, sandbox):
    switch(is_on=False)
    sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=True)
    write("ann@example.com")
    asked = calls(sandbox)

    send_due(now=NOW)

    assert len(mail.messages("ann@example.com")) == 1
    assert calls(sandbox) == asked


def test_what_is_claimed_together_is_asked_in_one_call_and_remembered(write, sandbox):
    emails = [write(f"ann.{number}@example.com", state=State.DRAFT) for number in range(12)]
    asked = calls(sandbox)

    assert problems(emails=emails, now=NOW) == []
    assert problems(emails=emails, now=NOW) == []

    assert calls(sandbox) == asked + 1


def test_more_than_one_call_holds_go_in_several(write, sandbox, seller):
    people = [make_person(email=f"ann.{number}@example.com") for number in range(2)]
    sandbox.create_lead(lastName="Lee", email="c320@example.com", unsubscribed=True)
    copies = [f"c{number}@example.com" for number in range(321)]
    emails = [
        make_email(seller, people[place % 2], cc=copies[place * 25 : place * 25 + 25])
        for place in range(13)
    ]
    asked = calls(sandbox)

    (problem,) = problems(emails=emails, now=NOW)

    assert (problem.email, problem.is_wait) == (emails[-1], False)
    assert calls(sandbox) == asked + 2


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http", "status": 502},
        {"kind": "reset"},
        {"kind": "truncated_json"},
        {"kind": "error", "code": "606", "message": "Max rate limit exceeded"},
        {"kind": "error", "code": "607", "message": "Daily quota reached"},
        {"kind": "error", "code": "610", "message": "Requested resource not found"},
        {"kind": "error", "code": "603", "message": "Access denied"},
    ],
    ids=lambda fault: fault.get("code") or fault["kind"],
)
def test_without_an_answer_the_email_waits_and_goes_on_by_itself(write, mail, sandbox, fault):
    sandbox.add_fault(endpoint=LEADS, times=0, **fault)
    email = write("ann@example.com")

    send_due(now=NOW)
    state, code, reason = standing(email)
    assert (state, code) == (State.SCHEDULED, UNANSWERED)
    assert reason.startswith("Marketo can't be asked whether this person unsubscribed: ")
    assert mail.messages("ann@example.com") == []
    assert email.next_attempt_at <= LATER

    sandbox.clear_faults()
    forget_budget(sandbox)
    cache.clear()
    send_due(now=LATER)
    assert standing(email) == (State.SENT, "", "")
    assert len(mail.messages("ann@example.com")) == 1


def test_while_marketo_is_silent_it_is_not_asked_for_each_email(write, sandbox):
    sandbox.add_fault(kind="error", endpoint=LEADS, times=0, code="610", message="Not found")
    emails = [write(f"ann.{number}@example.com") for number in range(3)]

    send_due(now=NOW)
    asked = calls(sandbox)
    send_due(now=LATER)

    assert {standing(email)[1] for email in emails} == {UNANSWERED}
    assert calls(sandbox) == asked


def test_without_a_connection_the_email_waits(write):
    email = write("ann@example.com")
    disconnect_marketo(now=NOW)

    send_due(now=NOW)

    assert standing(email)[:2] == (State.SCHEDULED, UNANSWERED)
    assert "Marketo is not connected." in email.reason


def test_a_field_that_this_marketo_lacks_is_not_asked_for(write, sandbox):
    fields = MarketoConnection.objects.get().described_fields
    del fields["blackListed"]
    MarketoConnection.objects.update(described_fields=fields)
    sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=True)
    email = write("ann@example.com")

    send_due(now=NOW)

    assert standing(email)[1] == BLOCKED


def test_a_field_that_was_hidden_since_is_done_without(write, sandbox):
    sandbox.set_limits(hidden_fields=["blackListed"])
    sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=True)
    email = write("ann@example.com")

    send_due(now=NOW)

    assert standing(email)[1] == BLOCKED
    assert "blackListed" not in MarketoConnection.objects.get().described_fields


def test_a_marketo_that_shows_none_of_the_fields_lets_nothing_out(write):
    MarketoConnection.objects.update(described_fields={"email": {}})
    email = write("ann@example.com")

    send_due(now=NOW)

    assert standing(email)[:2] == (State.SCHEDULED, UNANSWERED)


def test_an_address_of_too_many_leads_holds_up_only_its_own_email(write, sandbox):
    # For both together, and for the first of them alone.
    fault = {"code": "1003", "message": "Too many results match the filter"}
    sandbox.add_fault(kind="error", endpoint=LEADS, times=2, **fault)
    emails = [write("ann@example.com"), write("info@example.com")]

    send_due(now=NOW)

    assert sorted(standing(email)[0] for email in emails) == [State.SCHEDULED, State.SENT]
    (reason,) = filter(None, (standing(email)[2] for email in emails))
    assert "more than 1,000 leads have the address" in reason


def test_the_check_before_sending_says_it_too(write, sandbox):
    sandbox.create_lead(lastName="Lee", email="ann@example.com", unsubscribed=True)
    email = write("ann@example.com", state=State.DRAFT)

    (problem,) = problems(emails=[email], now=NOW)

    assert (problem.code, problem.message, problem.is_wait) == (
        BLOCKED,
        "ann@example.com is unsubscribed in Marketo.",
        False,
    )
