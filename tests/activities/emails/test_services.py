"""What a seller does with an email, and what is refused in words."""

from datetime import timedelta

import pytest

from activities.emails import services
from activities.emails.failures import Code
from activities.emails.files import delete_file, files_of, store_file
from activities.emails.models import Email, StoredFile
from activities.emails.sending import send_due
from activities.models import Activity
from people.errors import Refused
from tests.activities.factories import NOW, make_email, make_identity, make_template
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
State = Email.State
LATER = NOW + timedelta(hours=1)


def draft(seller, **fields):
    defaults = {"person": make_person(), "subject": "Hi", "body_html": "<p>Hi</p>"}
    return services.draft_email(sender=seller, now=NOW, **(defaults | fields))


class TestDraft:
    def test_it_is_from_the_default_identity_and_cleaned(self, seller, identity):
        email = draft(seller, subject=" Hi\r\nyou ", body_html="<p onclick=x()>Hi</p>\0")

        assert (email.state, email.identity) == (State.DRAFT, identity)
        assert (email.subject, email.body_html) == ("Hi you", "<p>Hi</p>")

    def test_it_may_be_empty(self, seller):
        assert draft(seller, subject="", body_html="").pk

    def test_editing_changes_what_is_given(self, seller, identity):
        email = draft(seller, cc=["bob@example.com"])
        template = make_template(seller)

        services.edit_draft(
            email=email, now=LATER, body_html="<p>New<script>x</script></p>", template=template
        )

        email = Email.objects.get()
        assert (email.subject, email.body_html) == ("Hi", "<p>New</p>")
        assert (email.template, email.cc) == (template, ["bob@example.com"])
        assert email.updated_at == LATER

    def test_an_address_in_cc_is_not_repeated_in_bcc(self, seller):
        email = draft(seller, cc=["bob@example.com"])

        services.edit_draft(email=email, now=LATER, bcc=["bob@example.com", "eve@example.com"])

        email.refresh_from_db()
        assert (email.cc, email.bcc) == (["bob@example.com"], ["eve@example.com"])

    def test_a_bad_address_changes_nothing(self, seller):
        email = draft(seller)

        with pytest.raises(Refused, match="“bob” is not an email address"):
            services.edit_draft(email=email, now=LATER, subject="New", cc=["bob"])

        assert Email.objects.get().subject == "Hi"

    def test_what_is_not_a_field_of_a_draft_cannot_be_edited(self, seller):
        with pytest.raises(TypeError, match="state"):
            services.edit_draft(email=draft(seller), now=LATER, state=State.SENT)

    def test_a_scheduled_email_can_be_edited_and_stays_scheduled(self, seller):
        email = services.schedule(email=draft(seller), at=LATER, now=NOW)

        services.edit_draft(email=email, now=NOW, subject="New")

        email.refresh_from_db()
        assert (email.state, email.subject) == (State.SCHEDULED, "New")

    @pytest.mark.parametrize(
        "state", [State.SENT, State.UNCERTAIN, State.FAILED, State.BOUNCED, State.CANCELLED]
    )
    def test_what_is_settled_cannot_be_edited(self, seller, state):
        with pytest.raises(Refused, match="on its way"):
            services.edit_draft(email=make_email(seller, state=state), now=NOW, subject="New")

    def test_an_email_that_a_worker_has_cannot_be_edited(self, seller):
        email = make_email(seller, state=State.IN_PROGRESS, lease_until=LATER)

        with pytest.raises(Refused):
            services.edit_draft(email=email, now=NOW, subject="New")


class TestSchedule:
    def test_now_is_the_default(self, seller):
        email = services.schedule(email=draft(seller), now=NOW)

        assert (email.state, email.next_attempt_at) == (State.SCHEDULED, NOW)

    def test_another_time_can_be_given(self, seller):
        email = services.schedule(email=draft(seller), at=LATER, now=NOW)
        email = services.schedule(email=email, at=LATER + timedelta(days=1), now=NOW)

        assert email.scheduled_for == email.next_attempt_at == LATER + timedelta(days=1)

    def test_a_time_in_the_past_is_now(self, seller):
        email = services.schedule(email=draft(seller), at=NOW - timedelta(days=1), now=NOW)

        assert email.scheduled_for == NOW

    def test_an_identity_added_since_is_taken(self, seller):
        email = draft(seller)
        identity = make_identity(seller)

        assert services.schedule(email=email, now=NOW).identity == identity

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"subject": ""}, "Write a subject first."),
            ({"body_html": ""}, "Write something first."),
            ({"body_html": "<p><br></p>"}, "Write something first."),
        ],
    )
    def test_there_must_be_something_to_send(self, seller, fields, words):
        with pytest.raises(Refused, match=words):
            services.schedule(email=draft(seller, **fields), now=NOW)

    def test_a_picture_is_something(self, seller):
        email = draft(seller, body_html='<p><img src="https://pumps.example.com/p.png"></p>')

        assert services.schedule(email=email, now=NOW).state == State.SCHEDULED

    def test_a_follow_up_needs_no_subject(self, seller):
        first = make_email(seller, state=State.SENT)
        email = draft(seller, person=first.person, subject="", follow_up_to=first)

        assert services.schedule(email=email, now=NOW).state == State.SCHEDULED

    def test_sent_is_sent(self, seller):
        with pytest.raises(Refused, match="sent already"):
            services.schedule(email=make_email(seller, state=State.SENT), now=NOW)

    def test_unscheduled_it_is_a_draft_again(self, seller):
        email = services.schedule(email=draft(seller), at=LATER, now=NOW)

        email = services.unschedule(email=email, now=NOW)

        assert (email.state, email.next_attempt_at) == (State.DRAFT, None)

    def test_unscheduling_comes_too_late_once_it_is_on_its_way(self, seller):
        email = make_email(seller, state=State.IN_PROGRESS, lease_until=LATER)

        with pytest.raises(Refused, match="not scheduled any more"):
            services.unschedule(email=email, now=NOW)


class TestCancel:
    def test_what_a_server_cannot_have_is_cancelled_with_the_reason(self, seller):
        waiting = [
            make_email(seller),
            make_email(seller, state=State.SCHEDULED),
            make_email(seller, state=State.IN_PROGRESS, lease_until=LATER),
        ]
        others = [
            make_email(seller, state=State.IN_PROGRESS, lease_until=LATER, transmitting_at=NOW),
            make_email(seller, state=State.SENT),
            make_email(seller, state=State.FAILED),
        ]

        cancelled = services.cancel_emails(
            emails=Email.objects.all(), code="ENDED", reason="The campaign has ended.", now=NOW
        )

        assert cancelled == 3
        found = Email.objects.filter(state=State.CANCELLED, reason="The campaign has ended.")
        assert set(found) == set(waiting)
        assert all(email.state == Email.objects.get(pk=email.pk).state for email in others)


class TestRetry:
    @pytest.mark.parametrize("state", [State.FAILED, State.BOUNCED, State.SPAM])
    def test_it_goes_out_once_more(self, seller, identity, channel, mail, state):
        email = make_email(
            seller,
            make_person(email="new@example.com"),
            state=state,
            to_address="old@example.com",
            reason_code=Code.REFUSED,
            reason="550",
        )

        services.retry(email=email, now=NOW)
        send_due(now=NOW)

        email.refresh_from_db()
        assert (email.state, email.reason, email.to_address) == (State.SENT, "", "new@example.com")
        assert len(mail.messages("new@example.com")) == 1

    def test_one_that_went_out_before_is_another_message_and_another_activity(
        self, seller, identity, channel, mail
    ):
        email = services.schedule(email=draft(seller), now=NOW)
        send_due(now=NOW)
        Email.objects.update(state=State.BOUNCED)

        services.retry(email=email, now=LATER)
        send_due(now=LATER)

        first, second = mail.messages(email.person.email)
        assert first.mime["Message-ID"] != second.mime["Message-ID"]
        assert Activity.objects.count() == 2

    def test_only_what_did_not_arrive_is_retried(self, seller):
        for state in (State.DRAFT, State.SCHEDULED, State.SENT, State.UNCERTAIN):
            with pytest.raises(Refused, match="Only an undelivered email"):
                services.retry(email=make_email(seller, state=state), now=NOW)


class TestSettleUncertain:
    def test_it_is_decided_once(self, seller):
        email = make_email(seller, state=State.UNCERTAIN)
        services.settle_uncertain(email=email, was_sent=True, by=seller, now=NOW)

        with pytest.raises(Refused, match="not uncertain any more"):
            services.settle_uncertain(email=email, was_sent=False, by=seller, now=NOW)

        assert Email.objects.get().state == State.SENT

    def test_who_decided_is_said(self, seller):
        email = make_email(seller, state=State.UNCERTAIN)

        services.settle_uncertain(email=email, was_sent=False, by=seller, now=NOW)

        assert Email.objects.get().reason == "Sam Seller found that it had not gone out."


class TestArchiveAndBin:
    def test_archived_and_back(self, seller):
        email = make_email(seller, state=State.SENT)

        assert services.archive(email=email, now=NOW).archived_at == NOW
        assert services.unarchive(email=email, now=NOW).archived_at is None

    def test_only_delivered_ones_are_archived(self, seller):
        with pytest.raises(Refused, match="Only a delivered email"):
            services.archive(email=make_email(seller), now=NOW)

    @pytest.mark.parametrize("state", [State.DRAFT, State.FAILED, State.BOUNCED, State.SPAM])
    def test_to_the_bin_and_back(self, seller, state):
        email = make_email(seller, state=state)

        services.delete(email=email, now=NOW)
        with pytest.raises(Refused, match="deleted"):
            services.edit_draft(email=email, now=NOW, subject="x")

        assert services.undelete(email=email, now=NOW).state == state

    def test_a_scheduled_one_is_not_sent_from_the_bin(self, seller, identity, channel, mail):
        email = make_email(seller, state=State.SCHEDULED)

        services.delete(email=email, now=NOW)
        send_due(now=NOW)

        assert mail.count() == 0
        assert services.undelete(email=email, now=NOW).state == State.DRAFT

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"state": State.SENT}, "Archive this email first"),
            ({"state": State.UNCERTAIN}, "Wait until it is known"),
            ({"state": State.IN_PROGRESS, "lease_until": LATER}, "Wait until it is known"),
            ({"campaign_id": 7}, "Emails of a campaign cannot be deleted"),
        ],
    )
    def test_what_cannot_be_deleted_yet(self, seller, fields, words):
        with pytest.raises(Refused, match=words):
            services.delete(email=make_email(seller, **fields), now=NOW)

    def test_an_archived_one_is_deleted(self, seller):
        email = make_email(seller, state=State.SENT, archived_at=NOW)

        assert services.delete(email=email, now=NOW).deleted_at == NOW

    def test_success_is_marked_and_unmarked(self, seller):
        email = make_email(seller, state=State.SENT)

        assert services.mark_success(email=email, now=NOW).is_success
        assert not services.mark_success(email=email, now=NOW, is_success=False).is_success


class TestFiles:
    def test_a_file_is_kept_with_its_name_and_kind(self, seller):
        file = store_file(owner=seller, name="../Offer: 1/2?.pdf", content=b"%PDF", now=NOW)

        assert (file.name, file.content_type, file.size) == (
            "_Offer_ 1_2_.pdf",
            "application/pdf",
            4,
        )

    def test_html_is_what_its_name_says_not_what_a_browser_claims(self, seller):
        assert (
            store_file(owner=seller, name="x", content=b"<html>", now=NOW).content_type
            == "application/octet-stream"
        )

    def test_limits_are_said_in_words(self, seller):
        with pytest.raises(Refused, match="empty"):
            store_file(owner=seller, name="x", content=b"", now=NOW)
        with pytest.raises(Refused, match="at most 20 MB"):
            store_file(owner=seller, name="x", content=b"x" * (20 * 1024 * 1024 + 1), now=NOW)
        for number in range(StoredFile.MAX_PER_USER):
            store_file(owner=seller, name=f"{number}", content=b"x", now=NOW)
        with pytest.raises(Refused, match="You have 25 files already"):
            store_file(owner=seller, name="x", content=b"x", now=NOW)
        assert store_file(owner=make_user(), name="x", content=b"x", now=NOW)

    def test_one_that_an_email_holds_goes_out_of_sight_only(self, seller):
        held = store_file(owner=seller, name="held", content=b"x", now=NOW)
        free = store_file(owner=seller, name="free", content=b"x", now=NOW)
        email = draft(seller, files=[held])

        delete_file(file=held, now=NOW)
        delete_file(file=free, now=NOW)

        assert not files_of(seller).exists()
        assert [link.file for link in email.files.all()] == [held]
        assert StoredFile.objects.get() == held

    def test_attached_files_have_20_mb_together_and_tracked_ones_do_not_count(self, seller):
        big = [
            store_file(owner=seller, name=f"{number}", content=b"x" * 11_000_000, now=NOW)
            for number in range(2)
        ]

        with pytest.raises(Refused, match="at most 20 MB together"):
            draft(seller, files=big)

        assert draft(seller, files=big[:1], tracked_files=big[1:]).files.count() == 2

    def test_editing_the_attached_leaves_the_tracked(self, seller):
        one, two, three = (
            store_file(owner=seller, name=f"{number}", content=b"x", now=NOW) for number in range(3)
        )
        email = draft(seller, files=[one], tracked_files=[two])

        services.edit_draft(email=email, now=NOW, files=[three])

        assert set(email.files.values_list("file", "is_tracked")) == {
            (three.pk, False),
            (two.pk, True),
        }
