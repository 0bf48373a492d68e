"""What becomes of opens when their email's task cannot be changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.task_logging.sweep import sweep
from tests.syncing.task_logging.driving import log_all, record, refreshed, waiting

pytestmark = pytest.mark.django_db

MARKS = "*/composite/sobjects"


def test_opens_wait_when_calls_run_short_and_emails_go_on(salesforce, seller, contact):
    record(contact, seller, about_id=5)
    log_all()
    salesforce.change_settings(daily_calls=15_000, other_calls=15_000 * 85 // 100)
    opened = record(contact, seller, "EMAIL_OPENED", about_id=5)
    sent = record(contact, seller)
    sweep(now=timezone.now() + timedelta(minutes=20))
    assert (refreshed(opened).state, refreshed(sent).state) == ("PENDING", "DELIVERED")


def test_a_field_of_opens_that_is_hidden_meanwhile_is_left_out_at_once(salesforce, seller, contact):
    record(contact, seller, about_id=5)
    log_all()
    salesforce.set_access("Task.MSE_Viewed__c", "none")
    salesforce.add_fault("error", path=MARKS, times=0, status=400, code="INVALID_FIELD")
    opened = record(contact, seller, "EMAIL_OPENED", about_id=5)
    log_all()
    opened = refreshed(opened)
    assert (opened.state, opened.code) == ("CANCELLED", "NO_FIELD")


def test_opens_that_are_refused_as_a_whole_are_written_in_halves(salesforce, people, seller):
    several = [person for person in people if person.salesforce_contact_id][:4]
    for number, person in enumerate(several):
        record(person, seller, about_id=number)
    log_all()
    for number, person in enumerate(several):
        record(person, seller, "EMAIL_OPENED", about_id=number)
    salesforce.add_fault("error", path=MARKS, times=2, status=400, code="JSON_PARSER_ERROR")
    later = timezone.now() + timedelta(minutes=10)
    sweep(now=later)
    assert [task["MSE_Viewed__c"] for task in salesforce.live()] == [True] * 4
    assert not waiting().exists()


def test_what_a_colleague_deleted_is_never_made_again(salesforce, seller, contact):
    record(contact, seller, about_id=5)
    log_all()
    (task,) = salesforce.live()
    salesforce.delete(task["Id"])
    opened = record(contact, seller, "EMAIL_OPENED", about_id=5)
    log_all()
    assert not salesforce.live()
    opened = refreshed(opened)
    assert (opened.state, opened.code) == ("CANCELLED", "TASK_DELETED")
