"""Sending: thousands of emails through the sandbox's mailbox server, by one worker."""

import smtplib
import time
import uuid
from email.message import EmailMessage

from django.utils import timezone

from activities.emails.models import DeliveryChannel, Email, EmailSettings, SenderIdentity
from activities.emails.sending import send_due
from activities.models import Activity
from admin_config.models import User
from people.models import Person
from syncing.people_sync.load import PersonRow, merge_people
from syncing.sandbox.testing import running_mailbox
from tests.bench.report import heading, row, verdict

EMAILS = 5_000
TARGET = 100
BARE = 1_000
SUBJECT = "Pumps for {{company}}"
BODY = (
    "<p>Hello {{first_name}},</p>"
    + "<p>We make pumps that do not leak, and I thought of {{company}} when I read of your plans."
    ' <a href="https://pumps.example.com/offer?from=mail">Our offer</a> stands until Friday.</p>'
    * 4
    + "<p>Shall we talk?</p>"
)


def bench_emails() -> None:
    heading(f"Sending {EMAILS:,} emails: both parts, tracked, logged; one worker, one mail server")
    with running_mailbox() as mail:
        bare = bare_rate(mail)
        row("a bare smtplib loop", f"{bare:,.0f} emails/s")
        queue_up(mail)
        started = time.perf_counter()
        while Email.objects.filter(state=Email.State.SCHEDULED).exists():
            send_due(now=timezone.now())
        rate = EMAILS / (time.perf_counter() - started)
        arrived = mail.count() - BARE
    row("send_due", f"{rate:,.0f} emails/s")
    row("send_due : bare loop", f"{rate / bare:.2f}")
    sent = Email.objects.filter(state=Email.State.SENT).count()
    logged = Activity.objects.filter(kind=Activity.Kind.EMAIL_SENT).count()
    row("sent, arrived, logged", f"{sent:,}, {arrived:,}, {logged:,}")
    verdict(f"at least {TARGET} a second", is_met=rate >= TARGET)


def bare_rate(mail) -> float:
    """Messages of the same size over one connection, with nothing looked up or written down."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", mail.smtp_port) as smtp:
        for number in range(BARE):
            message = EmailMessage()
            message["From"] = "sam@example.com"
            message["To"] = f"bare{number}@example.com"
            message["Subject"] = SUBJECT
            message["Message-ID"] = f"<{uuid.uuid4()}@example.com>"
            message.set_content(BODY)
            message.add_alternative(BODY, subtype="html")
            smtp.send_message(message)
    return BARE / (time.perf_counter() - started)


def queue_up(mail) -> None:
    now = timezone.now()
    EmailSettings.objects.update_or_create(pk=1, defaults={"daily_cap": EMAILS})
    sender = User.objects.create_user("sending@example.com", "Bench-1234")
    identity = SenderIdentity.objects.create(
        user=sender, name="Sam Seller", address=sender.email, verified_at=now, created_at=now
    )
    DeliveryChannel.objects.create(
        user=sender,
        smtp_host="127.0.0.1",
        smtp_port=mail.smtp_port,
        smtp_security=DeliveryChannel.Security.NONE,
        throttle_emails=0,
        created_at=now,
    )
    rows = [
        PersonRow(
            marketo_id=number,
            first_name="Ann",
            email=f"ann{number}@example.com",
            company="Example Ltd",
            owner_salesforce_id="005000000000001AAA",
        )
        for number in range(900_000_001, 900_000_001 + EMAILS)
    ]
    merge_people(rows, now=now)
    Email.objects.bulk_create(
        Email(
            sender=sender,
            identity=identity,
            person=person,
            subject=SUBJECT,
            body_html=BODY,
            state=Email.State.SCHEDULED,
            scheduled_for=now,
            next_attempt_at=now,
            created_at=now,
            updated_at=now,
        )
        for person in Person.objects.filter(marketo_id__gt=900_000_000)
    )
