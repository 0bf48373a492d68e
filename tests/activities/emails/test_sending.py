"""Emails over a real SMTP server, and what becomes of them."""

from datetime import timedelta

import pytest

from activities.emails import sending, smtp
from activities.emails.batches import create_batch, send_batch
from activities.emails.failures import Code
from activities.emails.gates import Gate, send_gates
from activities.emails.models import DeliveryChannel, Email
from activities.emails.sending import send_due
from activities.emails.services import draft_email, schedule, settle_uncertain
from activities.emails.signals import email_failed, email_sent
from activities.models import Activity
from people.models import PersonEngagement
from tests.activities.emails.killing_server import killing_server
from tests.activities.factories import NOW, make_channel, make_email, make_identity, make_template
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
State = Email.State
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def write(seller, identity, channel):
    """Write an email to a person and queue it."""

    def write(address="ann@example.com", *, sender=seller, at=None, **fields):
        defaults = {
            "person": make_person(email=address),
            "subject": "Your pumps",
            "body_html": "<p>Shall we talk?</p>",
        }
        email = draft_email(sender=sender, now=NOW, **(defaults | fields))
        return schedule(email=email, at=at, now=NOW)

    return write


@pytest.fixture
def heard():
    """What the signals of this module told, as (signal, email)."""
    told = []
    receivers = []
    for name, signal in (("sent", email_sent), ("failed", email_failed)):

        def receive(*, email, name=name, **_more):
            told.append((name, email.pk))

        signal.connect(receive)
        receivers.append((signal, receive))
    yield told
    for signal, receive in receivers:
        signal.disconnect(receive)


def fresh(email):
    return Email.objects.get(pk=email.pk)


def standing(email):
    email = fresh(email)
    return email.state, email.reason_code


class TestSent:
    def test_it_arrives_and_is_logged_once(self, write, mail, heard):
        email = write(subject="Pumps for {{company}}")

        assert send_due(now=NOW) == 1
        assert send_due(now=LATER) == 0

        email = fresh(email)
        assert email.state == State.SENT
        assert NOW <= email.sent_at < LATER
        (arrived,) = mail.messages("ann@example.com")
        assert arrived.mime["Subject"] == "Pumps for Example Ltd"
        assert arrived.mime["Message-ID"] == f"<{email.message_id}>"
        activity = Activity.objects.get()
        assert activity.kind == Activity.Kind.EMAIL_SENT
        assert (activity.person, activity.actor) == (email.person, email.sender)
        assert activity.occurred_at == email.sent_at
        assert PersonEngagement.objects.get(person=email.person).emails == 1
        assert heard == [("sent", email.pk)]

    def test_the_log_tells_of_it_as_marketo_wants_it(self, write, seller, mail):
        template = make_template(seller)
        email = write(subject="Pumps", template=template, campaign_id=7, campaign_name="Spring")

        send_due(now=NOW)

        details = Activity.objects.get().details
        assert details == {
            "sent_by": "sam@example.com",
            "email_subject": f"Pumps (SIA-{email.pk:08d})",
            "template_id": template.pk,
            "template_name": template.name,
            "template_url": f"http://testserver/templates/{template.pk}/",
            "campaign_id": 7,
            "campaign_name": "Spring",
            "campaign_url": "http://testserver/campaigns/7/",
            "link": "",
        }

    def test_what_went_out_is_kept(self, write, mail):
        email = write(body_html="<p>Hello {{first_name}}</p>")
        send_due(now=NOW)

        email = fresh(email)
        assert email.to_address == "ann@example.com"
        assert email.from_header == "Sam Seller <sam@example.com>"
        assert "Hello Ann" in email.sent_html
        assert email.sent_text.startswith("Hello Ann\n")
        assert "{{first_name}}" in email.body_html

    def test_it_goes_out_at_its_time(self, write, mail):
        write(at=NOW + timedelta(hours=1))

        assert send_due(now=NOW + timedelta(minutes=59)) == 0
        assert send_due(now=NOW + timedelta(minutes=60)) == 1

    def test_a_run_goes_over_one_connection(self, write, mail):
        for number in range(30):
            write(f"ann{number}@example.com")
        DeliveryChannel.objects.update(smtp_user="sam@example.com", smtp_password="sandbox-mail")
        # The second sign-in of a run would fail.
        mail.add_fault("bad_password", "sign_in", skip=1, times=0)

        assert send_due(now=NOW) == 30

        assert Email.objects.filter(state=State.SENT).count() == 30

    def test_nobody_waits_for_somebody_elses_many(self, write, mail):
        for number in range(25):
            write(f"ann{number}@example.com")
        other = make_user()
        make_identity(other)
        make_channel(other, mail=mail)
        email = write("late@example.com", sender=other, at=NOW + timedelta(seconds=1))

        send_due(now=NOW + timedelta(seconds=1), limit=21)

        assert fresh(email).state == State.SENT

    def test_the_team_sends_by_its_channel(self, write, mail):
        colleague = make_user()
        make_identity(colleague)
        make_channel(mail=mail)
        email = write(sender=colleague)

        send_due(now=NOW)

        assert fresh(email).state == State.SENT

    def test_what_is_stopped_says_why_and_the_others_go_out(self, write, mail, heard):
        stopped = write(body_html="<p>{{no_such_field}}</p>")
        sent = write("bob@example.com")

        assert send_due(now=NOW) == 2

        assert standing(stopped) == (State.FAILED, Code.UNRESOLVED_FIELD)
        assert fresh(stopped).reason.startswith("There is no dynamic field {{no_such_field}}.")
        assert fresh(sent).state == State.SENT
        assert sorted(heard) == [("failed", stopped.pk), ("sent", sent.pk)]
        assert Activity.objects.count() == 1


class TestRefused:
    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    def test_a_refusal_for_good_fails_it_with_the_answer(self, write, mail, heard, stage):
        email = write()
        mail.add_fault("refuse", stage, code=550, text="5.7.1 Not from you")

        send_due(now=NOW)

        assert standing(email) == (State.FAILED, Code.REFUSED)
        assert fresh(email).reason == "550 5.7.1 Not from you"
        assert heard == [("failed", email.pk)]
        assert mail.count() == 0
        assert not Activity.objects.exists()

    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    def test_a_refusal_for_now_is_tried_again(self, write, mail, stage):
        email = write()
        mail.add_fault("refuse", stage, code=451, text="4.7.1 Greylisted")

        send_due(now=NOW)

        email = fresh(email)
        assert (email.state, email.reason_code) == (State.SCHEDULED, Code.TRY_LATER)
        assert email.reason == "451 4.7.1 Greylisted"
        assert NOW + timedelta(minutes=1) <= email.next_attempt_at < LATER
        assert email.transmitting_at is None
        assert send_due(now=LATER) == 1
        assert fresh(email).state == State.SENT
        assert fresh(email).reason == ""
        assert mail.count() == 1

    def test_one_that_is_put_off_for_ever_fails_in_the_end(self, write, mail):
        email = write()
        mail.add_fault("refuse", "rcpt", code=450, text="4.2.2 Full", times=0)
        now = NOW

        for _ in range(len(sending.RETRY_AFTER) + 1):
            assert send_due(now=now) == 1
            now = (fresh(email).next_attempt_at or now) + timedelta(seconds=1)

        assert standing(email) == (State.FAILED, Code.GAVE_UP)
        assert fresh(email).reason == "Tried 17 times; the last answer was: 450 4.2.2 Full"

    def test_the_connection_is_good_for_the_next_email(self, write, mail):
        refused = write("full@example.com")
        sent = write("bob@example.com")
        mail.add_fault("refuse", "rcpt", address="full@*", code=552)

        send_due(now=NOW)

        assert fresh(refused).state == State.FAILED
        assert fresh(sent).state == State.SENT

    def test_a_refused_copy_does_not_keep_it_from_the_others(self, write, mail):
        email = write(cc=["bob@example.com"], bcc=["eve@example.com"])
        mail.add_fault("refuse", "rcpt", address="bob@*", code=550, text="5.1.1 No Bob")

        send_due(now=NOW)

        email = fresh(email)
        assert (email.state, email.reason_code) == (State.SENT, Code.COPIES_REFUSED)
        assert email.reason == "Sent, but not to bob@example.com: 550 5.1.1 No Bob"
        assert len(mail.messages("ann@example.com")) == 1
        assert len(mail.messages("eve@example.com")) == 1
        assert mail.messages("bob@example.com") == []

    def test_whoever_is_in_to_and_in_cc_gets_it_once(self, write, mail):
        write("ann@example.com", cc=["Ann@Example.com", "bob@example.com"])

        send_due(now=NOW)

        assert mail.count() == 2

    def test_a_copy_that_is_put_off_puts_off_all(self, write, mail):
        email = write(cc=["bob@example.com"])
        mail.add_fault("refuse", "rcpt", address="bob@*", code=450)

        send_due(now=NOW)
        assert mail.count() == 0
        send_due(now=LATER)

        assert fresh(email).state == State.SENT
        assert mail.count() == 2


class TestServerAway:
    def test_nobody_listens_and_everything_waits(self, write, mail, channel):
        channel.smtp_port = 9
        channel.save()
        emails = [write(f"ann{number}@example.com") for number in range(25)]

        assert send_due(now=NOW) > 0
        assert send_due(now=NOW + timedelta(seconds=90)) == 0

        for email in map(fresh, emails):
            assert (email.state, email.reason_code) == (State.SCHEDULED, Code.CHANNEL_PAUSED)
            assert email.reason == "Nothing listens on this port of the mail server."
            assert email.attempts == 0
        channel.smtp_port = mail.smtp_port
        channel.save()
        assert send_due(now=NOW + timedelta(minutes=3)) == 25
        assert mail.count() == 25

    @pytest.mark.parametrize("stage", ["mail", "rcpt"])
    def test_a_drop_before_the_text_was_sent_is_no_doubt(self, write, mail, stage):
        email = write()
        mail.add_fault("disconnect", stage)

        send_due(now=NOW)
        assert standing(email) == (State.SCHEDULED, Code.CHANNEL_PAUSED)
        send_due(now=NOW + timedelta(minutes=3))

        assert fresh(email).state == State.SENT
        assert mail.count() == 1

    def test_a_server_that_ends_a_used_connection_is_called_again(self, write, mail):
        for number in range(3):
            write(f"ann{number}@example.com")
        mail.add_fault("disconnect", "mail", skip=1)

        send_due(now=NOW)

        assert Email.objects.filter(state=State.SENT).count() == 3
        assert mail.count() == 3

    def test_a_server_that_closes_for_now_pauses_the_channel(self, write, mail):
        email = write()
        mail.add_fault("refuse", "mail", code=421, text="4.3.2 Going down", times=0)

        send_due(now=NOW)

        assert standing(email) == (State.SCHEDULED, Code.CHANNEL_PAUSED)
        assert fresh(email).reason == "421 4.3.2 Going down"

    def test_a_wrong_password_stops_the_channel_until_somebody_mends_it(self, write, mail, channel):
        channel.smtp_user, channel.smtp_password = "sam@example.com", "wrong"
        channel.save()
        emails = [write(f"ann{number}@example.com") for number in range(3)]

        send_due(now=NOW)

        channel.refresh_from_db()
        assert channel.state == DeliveryChannel.State.NEEDS_ATTENTION
        assert channel.state_reason.startswith(
            "The mail server refused the user or the password: 535"
        )
        for email in map(fresh, emails):
            assert (email.state, email.reason_code) == (State.SCHEDULED, Code.CHANNEL_BROKEN)
            assert email.next_attempt_at > NOW
        assert "wrong" not in channel.state_reason

    def test_a_server_that_is_too_slow_to_begin_pauses_the_channel(self, write, mail, monkeypatch):
        monkeypatch.setattr(smtp, "COMMAND_SECONDS", 0.2)
        email = write()
        mail.add_fault("hang", "rcpt", seconds=1)

        send_due(now=NOW)

        assert standing(email) == (State.SCHEDULED, Code.CHANNEL_PAUSED)
        assert fresh(email).reason == "The mail server didn't answer in time."


class TestUncertain:
    @pytest.fixture(params=[True, False], ids=["stored", "lost"])
    def uncertain(self, request, write, mail, heard):
        """An email after whose text the connection broke, and whether the server has it."""
        email = write()
        mail.add_fault("disconnect", "data", stored=request.param)
        send_due(now=NOW)
        return fresh(email)

    def test_a_drop_after_the_text_is_for_a_person_to_decide(self, uncertain, mail, heard):
        assert (uncertain.state, uncertain.reason_code) == (
            State.UNCERTAIN,
            Code.CONNECTION_LOST,
        )
        assert send_due(now=NOW + timedelta(days=1)) == 0
        assert mail.count() in {0, 1}
        assert heard == []
        assert not Activity.objects.exists()

    def test_a_person_says_that_it_went_out(self, uncertain, seller, heard):
        settle_uncertain(email=uncertain, was_sent=True, by=seller, now=LATER)

        email = fresh(uncertain)
        assert email.state == State.SENT
        assert email.sent_at == uncertain.transmitting_at
        assert heard == [("sent", email.pk)]
        assert Activity.objects.get().occurred_at == email.sent_at

    def test_a_person_says_that_it_did_not(self, uncertain, seller, heard):
        settle_uncertain(email=uncertain, was_sent=False, by=seller, now=LATER)

        assert standing(uncertain) == (State.FAILED, Code.NOT_SENT)
        assert heard == [("failed", uncertain.pk)]
        assert not Activity.objects.exists()

    def test_no_answer_in_time_after_the_text_is_uncertain(self, write, mail, monkeypatch):
        monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.2)
        email = write()
        mail.add_fault("hang", "data", seconds=1, stored=True)

        send_due(now=NOW)

        assert standing(email) == (State.UNCERTAIN, Code.CONNECTION_LOST)

    def test_the_emails_after_it_go_out(self, write, mail):
        email = write("ann@example.com")
        write("bob@example.com")
        mail.add_fault("disconnect", "data", address="ann@*")

        send_due(now=NOW)

        assert fresh(email).state == State.UNCERTAIN
        assert len(mail.messages("bob@example.com")) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [("251 Taken for somebody else", State.SENT), ("what?", State.UNCERTAIN)],
)
def test_an_answer_after_the_text_that_is_no_refusal_never_has_it_sent_again(
    seller, identity, answer, state
):
    with killing_server() as (server, port):
        server.answer = answer
        make_channel(seller, smtp_port=port)
        email = make_email(seller, state=State.SCHEDULED)
        send_due(now=NOW)
        send_due(now=NOW + timedelta(days=1))

    assert fresh(email).state == state
    assert len(server.envelopes) == 1


def test_an_email_that_cannot_be_written_fails_and_the_others_go_out(write, mail, request):
    bad = write("ann@example.com")
    write("bob@example.com")

    def stumble(email, context):
        """Over what nobody foresaw."""
        if email == bad:
            raise IndexError("string index out of range")

    gate = Gate("stumbling", stumble)
    send_gates.append(gate)
    request.addfinalizer(lambda: send_gates.remove(gate))

    send_due(now=NOW)

    assert standing(bad) == (State.FAILED, Code.UNWRITABLE)
    assert len(mail.messages("bob@example.com")) == 1


def test_a_run_that_took_long_begins_with_no_further_sender(write, mail, other_seller, monkeypatch):
    monkeypatch.setattr(sending, "LONGEST_RUN", timedelta(seconds=2))
    make_identity(other_seller)
    make_channel(other_seller, mail=mail)
    first, second = write(), write(sender=other_seller)
    mail.add_fault("hang", "mail", seconds=3)

    send_due(now=NOW)

    assert fresh(first).state == State.SENT
    assert fresh(second).state == State.SCHEDULED


def test_an_email_to_a_batch_address_goes_once(seller, identity, channel, mail):
    people = [make_person(email=address) for address in ("ann@example.com", "ANN@example.com")]
    batch = create_batch(
        sender=seller, people=people, kind="GROUP", now=NOW, subject="Hi", body_html="<p>Hi</p>"
    )
    send_batch(batch=batch, now=NOW)

    send_due(now=NOW)

    assert sorted(batch.emails.values_list("state", "reason_code")) == [
        (State.FAILED, Code.DUPLICATE_ADDRESS),
        (State.SENT, ""),
    ]
    assert mail.count() == 1


def test_the_follow_up_is_a_reply_in_the_same_thread(write, mail):
    first = write(subject="Pumps", body_html="<p>Shall we talk, {{first_name}}?</p>")
    send_due(now=NOW)
    second = write(
        person=first.person, subject="", body_html="<p>Any news?</p>", follow_up_to=first
    )
    send_due(now=NOW)
    third = write(person=first.person, subject="", body_html="<p>?</p>", follow_up_to=second)
    send_due(now=NOW)

    first, second, third = map(fresh, (first, second, third))
    _, reply, last = (message.mime for message in mail.messages("ann@example.com"))
    assert reply["Subject"] == "Re: Pumps"
    assert reply["In-Reply-To"] == reply["References"] == f"<{first.message_id}>"
    assert "> Shall we talk, Ann?" in reply.get_body(("plain",)).get_content()
    assert last["In-Reply-To"] == f"<{second.message_id}>"
    assert last["References"] == f"<{first.message_id}> <{second.message_id}>"
    assert last["Subject"] == "Re: Pumps"


def test_an_idle_sweep_asks_little(django_assert_num_queries, seller):
    make_email(seller)

    with django_assert_num_queries(3):
        assert send_due(now=NOW) == 0
