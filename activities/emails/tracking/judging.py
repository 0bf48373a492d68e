"""What the hits were: readers, machines, ourselves. Decided some seconds later, in a sweep.

A security scanner gives itself away by clicking everything at once, which shows only afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from activities.emails.log_entries import clicked_entry, opened_entry
from activities.emails.models import Email, EmailLink, TrackingHit
from activities.emails.tracking.verdicts import SCANNER_WINDOW, Surroundings, verdict_on
from activities.recording import Entry, record_all

Kind = TrackingHit.Kind
Verdict = TrackingHit.Verdict

# As long as it is not known whether the email went out, what was opened is not known either.
UNSETTLED = (Email.State.IN_PROGRESS, Email.State.UNCERTAIN)
EMAILS_AT_ONCE = 200
HITS_AT_ONCE = 2_000
MAX_BATCHES = 50


def judge_hits(*, now: datetime) -> int:
    """Judge all hits that are due and return how many; those of an email in one hand."""
    judged = 0
    for _batch in range(MAX_BATCHES):
        count = _judge_batch(now)
        judged += count
        if not count:
            break
    return judged


@transaction.atomic
def _judge_batch(now: datetime) -> int:
    due = _due(now)
    oldest = due.order_by("occurred_at", "pk").values("email_id")[:EMAILS_AT_ONCE]
    emails = (
        # No key: a hit that comes in meanwhile refers to the email, and must not wait for us.
        Email.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("person", "sender", "template")
        .filter(pk__in=oldest)
        .in_bulk()
    )
    of_emails = due.filter(email__in=emails).select_related("link", "file")
    hits = list(of_emails.defer("file__content").order_by("occurred_at", "pk")[:HITS_AT_ONCE])
    for hit in hits:
        hit.email = emails[hit.email_id]
    _judge(hits)
    human = [hit for hit in hits if hit.verdict == Verdict.HUMAN]
    _count(human)
    record_all((_entry(hit) for hit in human), now=now)
    return len(hits)


def _due(now: datetime) -> QuerySet[TrackingHit]:
    return TrackingHit.objects.filter(
        verdict=Verdict.PENDING, occurred_at__lte=now - SCANNER_WINDOW
    ).exclude(email__state__in=UNSETTLED)


def _judge(hits: Sequence[TrackingHit]) -> None:
    surroundings = _surroundings_of(hits)
    for hit in hits:
        hit.verdict, hit.verdict_reason = verdict_on(hit, surroundings[hit.email_id])
    TrackingHit.objects.bulk_update(hits, ["verdict", "verdict_reason"])


def _surroundings_of(hits: Sequence[TrackingHit]) -> dict[int, Surroundings]:
    """What happened to each email around its hits."""
    around = {hit.email_id: Surroundings(hit.email.sent_at) for hit in hits}
    if not hits:
        return around
    first, last = hits[0].occurred_at, hits[-1].occurred_at
    nearby = TrackingHit.objects.filter(
        email__in=around,
        occurred_at__range=(first - Surroundings.REPEAT_WINDOW, last + SCANNER_WINDOW),
    )
    for click in nearby.filter(kind=Kind.CLICK).order_by("occurred_at", "pk"):
        around[click.email_id].clicks.append(click)
    for counted in nearby.filter(verdict=Verdict.HUMAN).order_by("occurred_at", "pk"):
        around[counted.email_id].note_counted(counted)
    links = EmailLink.objects.filter(email__in=around).values_list("email")
    for email_id, number in links.annotate(number=Count("pk")).order_by():
        around[email_id].links = number
    return around


def _count(human: Iterable[TrackingHit]) -> None:
    """Nobody else counts meanwhile, for the emails are locked."""
    emails: dict[int, Email] = {}
    links: dict[int, EmailLink] = {}
    for hit in human:
        email = emails.setdefault(hit.email_id, hit.email)
        email.views += hit.kind == Kind.OPEN
        email.clicks += hit.kind != Kind.OPEN
        email.last_engaged_at = max(hit.occurred_at, email.last_engaged_at or hit.occurred_at)
        if hit.link:
            links.setdefault(hit.link.pk, hit.link).clicks += 1
    Email.objects.bulk_update(emails.values(), ["views", "clicks", "last_engaged_at"])
    EmailLink.objects.bulk_update(links.values(), ["clicks"])


def _entry(hit: TrackingHit) -> Entry:
    if hit.kind == Kind.OPEN:
        return opened_entry(email=hit.email, occurred_at=hit.occurred_at, hit_id=hit.pk)
    link = hit.link.url if hit.link else str(hit.file.name if hit.file else "")
    return clicked_entry(email=hit.email, occurred_at=hit.occurred_at, hit_id=hit.pk, link=link)
