"""Sending: thousands of emails through the sandbox's mailbox server, by one worker."""

import smtplib
import time
import uuid
from email.message import EmailMessage

from django.utils import timezone

from activities.emails.models import DeliveryChannel, Email, SenderIdentity
from activities.emails.sending import send_due_in_lanes
from activities.emails.tasks import AT_ONCE
from activities.models import Activity
from admin_config.models import User
from people.models import Person
from syncing.people_sync.load import PersonRow, merge_people
from syncing.sandbox.testing import running_mailbox
from tests.bench.report import heading, row, verdict

EMAILS = 5_000
A_DAY = 1_000
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
            send_due_in_lanes(now=timezone.now(), limit=AT_ONCE)
        rate = EMAILS / (time.perf_counter() - started)
        arrived = mail.count() - BARE
    row("a worker", f"{rate:,.0f} emails/s")
    row("worker : bare loop", f"{rate / bare:.2f}")
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
    """A day's limit of emails of each of five sellers, by the team's channel."""
    now = timezone.now()
    DeliveryChannel.objects.create(
        smtp_host="127.0.0.1",
        smtp_port=mail.smtp_port,
        smtp_security=DeliveryChannel.Security.NONE,
        throttle_emails=0,
        created_at=now,
    )
    people = make_people(now)
    for first in range(0, EMAILS, A_DAY):
        identity = make_identity(f"seller{first}@example.com", now)
        Email.objects.bulk_create(
            Email(
                sender=identity.user,
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
            for person in people[first : first + A_DAY]
        )


def make_identity(address, now) -> SenderIdentity:
    user = User.objects.create_user(address, "Bench-1234")
    return SenderIdentity.objects.create(
        user=user, name="Sam Seller", address=address, verified_at=now, created_at=now
    )


def make_people(now) -> list[Person]:
    first = 900_000_000
    rows = [
        PersonRow(
            marketo_id=first + number,
            first_name="Ann",
            email=f"ann{number}@example.com",
            company="Example Ltd",
            owner_salesforce_id="005000000000001AAA",
        )
        for number in range(EMAILS)
    ]
    merge_people(rows, now=now)
    return list(Person.objects.filter(marketo_id__gte=first))
