"""One send to many people."""

from datetime import timedelta

import pytest

from activities.emails.batches import create_batch, edit_all, send_batch
from activities.emails.failures import Code
from activities.emails.models import Email, EmailBatch
from activities.emails.sending import send_due
from activities.emails.services import edit_draft
from people.errors import Refused
from tests.activities.factories import NOW
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db
State = Email.State


@pytest.fixture
def make_batch(seller, identity):
    def make_batch(people, **fields):
        defaults = {"subject": "Hi {{first_name}}", "body_html": "<p>Hello</p>"}
        return create_batch(
            sender=seller,
            people=people,
            kind=EmailBatch.Kind.SELECT_AND_SEND,
            now=NOW,
            **(defaults | fields),
        )

    return make_batch


def test_everybody_gets_a_draft_once(make_batch):
    ann, bob = make_people(2)

    batch = make_batch([ann, bob, ann])

    assert [email.person for email in batch.emails.order_by("pk")] == [ann, bob]
    assert set(batch.emails.values_list("state", "subject")) == {(State.DRAFT, "Hi {{first_name}}")}


def test_nobody_and_more_than_200_are_refused(make_batch):
    with pytest.raises(Refused, match="Choose somebody"):
        make_batch([])
    with pytest.raises(Refused, match="At most 200"):
        make_batch(make_people(201))
    assert not EmailBatch.objects.exists()


def test_an_edit_for_all_leaves_what_was_edited_one_by_one(make_batch):
    batch = make_batch(make_people(3))
    own = batch.emails.first()
    edit_draft(email=own, now=NOW, body_html="<p>Own</p>", is_customised=True)

    changed = edit_all(
        batch=batch, subject="New", body_html="<p>All</p>", overwrites_customised=False, now=NOW
    )

    assert changed == 2
    own.refresh_from_db()
    assert (own.subject, own.body_html) == ("Hi {{first_name}}", "<p>Own</p>")


def test_it_overwrites_them_when_that_is_said(make_batch):
    batch = make_batch(make_people(3))
    own = batch.emails.first()
    edit_draft(email=own, now=NOW, body_html="<p>Own</p>", is_customised=True)

    changed = edit_all(
        batch=batch, subject="New", body_html="<p>All</p>", overwrites_customised=True, now=NOW
    )

    assert changed == 3
    own.refresh_from_db()
    assert (own.subject, own.body_html, own.is_customised) == ("New", "<p>All</p>", False)


def test_one_bad_row_keeps_nobody_else_from_the_email(make_batch, channel, mail):
    people = [*make_people(3), make_person(email=""), make_person(removed_reason="DELETED")]
    batch = make_batch(people)

    assert send_batch(batch=batch, now=NOW) == 5
    send_due(now=NOW)

    assert batch.emails.filter(state=State.SENT).count() == 3
    failed = batch.emails.filter(state=State.FAILED)
    assert set(failed.values_list("reason_code", flat=True)) == {
        Code.NO_ADDRESS,
        Code.PERSON_REMOVED,
    }
    assert mail.count() == 3


def test_all_of_it_is_scheduled(make_batch):
    batch = make_batch(make_people(2))
    at = NOW + timedelta(days=1)

    send_batch(batch=batch, now=NOW, at=at)

    assert set(batch.emails.values_list("state", "scheduled_for")) == {(State.SCHEDULED, at)}


def test_one_without_text_is_named_and_nothing_is_queued(make_batch):
    person = make_person(first_name="Ann", last_name="Bell")
    batch = make_batch([make_person(), person])
    edit_draft(email=batch.emails.get(person=person), now=NOW, body_html="", is_customised=True)

    with pytest.raises(Refused, match=r"^Ann Bell: Write something first\.$"):
        send_batch(batch=batch, now=NOW)

    assert set(batch.emails.values_list("state", flat=True)) == {State.DRAFT}


def test_a_batch_is_sent_once(make_batch):
    batch = make_batch(make_people(2))
    send_batch(batch=batch, now=NOW)

    with pytest.raises(Refused, match="sent already"):
        send_batch(batch=batch, now=NOW)
    with pytest.raises(Refused, match="sent already"):
        edit_all(batch=batch, subject="x", body_html="x", overwrites_customised=True, now=NOW)
