"""A real email on its way out, and what Salesforce gets of it."""

import pytest
from django.utils import timezone

from activities.emails.sending import send_due
from activities.emails.services import draft_email, schedule
from syncing.delivery.models import Delivery, Destination
from syncing.salesforce_settings.models import UserSalesforceSettings
from syncing.sandbox.testing import Mail
from tests.activities.factories import make_channel, make_identity
from tests.syncing.task_logging.driving import change, log_all

pytestmark = pytest.mark.django_db

COPY_TO = "emailtosalesforce@abc.in.salesforce.com"


@pytest.fixture
def mail(sandbox):
    mail = Mail(sandbox.base_url)
    mail.clear()
    return mail


@pytest.fixture
def send(seller, mail):
    """Write an email to a person and send it."""
    make_identity(seller)
    make_channel(seller, mail=mail)

    def send(person):
        now = timezone.now()
        email = draft_email(
            sender=seller, person=person, subject="Pumps", body_html="<p>Shall we?</p>", now=now
        )
        schedule(email=email, at=None, now=now)
        assert send_due(now=now) == 1
        return email

    return send


def test_the_task_has_the_text_and_leads_back_to_the_email(salesforce, send, contact):
    email = send(contact)
    log_all()
    (task,) = salesforce.live()
    assert task["Subject"] == "Pumps"
    assert task["Description"].startswith("Shall we?")
    assert task["MSE_Details__c"].endswith(f"/emails/{email.pk}/")
    assert task["MSE_Email_Status__c"] == "sent"


def test_the_task_lets_nobody_unsubscribe_the_person(salesforce, send, contact, mail):
    send(contact)
    (arrived,) = mail.messages(contact.email)
    assert "/t/u/" in arrived.mime.get_body(("plain",)).get_content()
    log_all()
    (task,) = salesforce.live()
    assert "/t/u/" not in task["Description"]
    assert "#" not in task["Description"]


def test_a_copy_goes_to_the_address_in_salesforce_where_that_is_chosen(
    salesforce, send, seller, contact, mail
):
    change(email_logging="BCC")
    UserSalesforceSettings.objects.create(user=seller, bcc_address=COPY_TO)
    send(contact)
    (copy,) = mail.messages(COPY_TO)
    assert COPY_TO not in f"{copy.mime['To']} {copy.mime['Cc']} {copy.mime['Bcc']}"
    delivery = Delivery.objects.get(destination=Destination.SALESFORCE)
    assert (delivery.state, delivery.code) == ("CANCELLED", "BY_COPY")
    log_all()
    assert not salesforce.live()


def test_nobody_else_gets_a_copy(send, seller, contact, mail):
    UserSalesforceSettings.objects.create(user=seller, bcc_address=COPY_TO)
    send(contact)
    assert not mail.messages(COPY_TO)
