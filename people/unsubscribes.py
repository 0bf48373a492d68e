"""Who wants no more sales emails. It holds for the person, and for whoever has the same address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from people.errors import Refused
from people.models import Person, Unsubscribe
from people.query_plans import short_queries
from people.signals import people_unsubscribed, person_resubscribed
from people.sorting import text_key

MAX_AT_ONCE = 1_000


def unsubscribe(
    *, person: Person, source: Unsubscribe.Source, now: datetime, reason: str = "", by: Any = None
) -> bool:
    """Send this person no more sales emails; False when that holds already."""
    return bool(unsubscribe_many(people=[person], source=source, reason=reason, by=by, now=now))


@transaction.atomic
def unsubscribe_many(
    *,
    people: Iterable[Person],
    source: Unsubscribe.Source,
    now: datetime,
    reason: str = "",
    by: Any = None,
) -> list[Unsubscribe]:
    """Send these people no more sales emails; the rows of those for whom it is new."""
    rows = [
        Unsubscribe(
            person=person,
            email=person.email.lower(),
            source=source,
            reason=reason[:500],
            unsubscribed_at=now,
            unsubscribed_by=by,
        )
        for person in sorted(people, key=lambda person: person.pk)
    ]
    made = _insert(rows)
    if made:
        people_unsubscribed.send(sender=Unsubscribe, unsubscribes=made, now=now)
    return made


def _insert(rows: list[Unsubscribe]) -> list[Unsubscribe]:
    """Those that are new; others may be doing the same at this moment."""
    while True:
        people = [row.person_id for row in rows]
        standing = set(in_force().filter(person__in=people).values_list("person_id", flat=True))
        new = [row for row in rows if row.person_id not in standing]
        try:
            with transaction.atomic():
                return Unsubscribe.objects.bulk_create(new, batch_size=1_000)
        except IntegrityError:
            # Whoever was faster has committed, so that the next look sees it.
            if not in_force().filter(person__in=[row.person_id for row in new]).exists():
                raise


@transaction.atomic
def unsubscribe_all(*, people: QuerySet[Person], by: Any, reason: str, now: datetime) -> int:
    """Unsubscribe these people by hand, or nobody when they are too many; how many are new."""
    with short_queries():
        chosen = list(people.order_by("pk")[: MAX_AT_ONCE + 1])
    if len(chosen) > MAX_AT_ONCE:
        raise Refused(
            _("At most %(limit)d people at a time. Nobody was unsubscribed.")
            % {"limit": MAX_AT_ONCE}
        )
    made = unsubscribe_many(
        people=chosen, source=Unsubscribe.Source.MANUAL, reason=reason, by=by, now=now
    )
    return len(made)


@transaction.atomic
def resubscribe(*, person: Person, by: Any, reason: str, now: datetime) -> None:
    """Let this person get emails again, with the consent that `reason` tells of.

    Ends all that stands in the way: the person's own, and those of others with the same address.
    Raises Refused without a reason, or when nothing stands in the way.
    """
    if not reason.strip():
        raise Refused(_("Say how this person agreed to get emails again."))
    standing = list(in_force_for(person).select_for_update(of=("self",)))
    if not standing:
        raise Refused(_("This person is not unsubscribed."))
    in_force_for(person).filter(pk__in=[row.pk for row in standing]).update(
        resubscribed_at=now, resubscribed_by=by, resubscribe_reason=reason.strip()[:500]
    )
    person_resubscribed.send(
        sender=Unsubscribe, person=person, by=by, reason=reason.strip(), now=now
    )


def in_force() -> QuerySet[Unsubscribe]:
    return Unsubscribe.objects.filter(resubscribed_at=None)


def in_force_for(person: Person) -> QuerySet[Unsubscribe]:
    """What keeps emails from this person: by the person, whom Marketo merged in, or the address."""
    merged = Person.objects.filter(merged_into=person).values_list("pk", flat=True)
    return _in_force(people=[person.pk, *merged], addresses=[person.email])


def is_unsubscribed(person: Person) -> bool:
    return in_force_for(person).exists()


def unsubscribed_among(people: Iterable[Person]) -> set[int]:
    """The ids of those to whom no sales email may go; two queries, whatever their number."""
    by_pk = {person.pk: person for person in people}
    losers = dict(Person.objects.filter(merged_into__in=by_pk).values_list("pk", "merged_into_id"))
    standing = _in_force(
        people=[*by_pk, *losers], addresses=[person.email for person in by_pk.values()]
    ).values_list("person_id", "email")
    ids = {losers.get(pk, pk) for pk, _email in standing}
    addresses = {email for _pk, email in standing} - {""}
    return {pk for pk, person in by_pk.items() if pk in ids or person.email.lower() in addresses}


def unsubscribed_addresses(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses, lower case, to which no sales email may go."""
    standing = _in_force(people=[], addresses=addresses)
    return set(standing.values_list("email", flat=True))


def people_under(unsubscribes: Iterable[Unsubscribe]) -> set[int]:
    """The ids of those whom they hold for: their people, whom Marketo merged in, the addresses."""
    rows = list(unsubscribes)
    same_address = (
        Person.objects.active()
        .alias(email_key=text_key("email"))
        .filter(email_key__in={row.email for row in rows} - {""})
    )
    found = set(same_address.values_list("pk", flat=True))
    for row in rows:
        found |= {row.person_id, row.person.merged_into_id or row.person_id}
    return found


def history_of(person: Person) -> QuerySet[Unsubscribe]:
    """All that was of this person, and what else is in force for the person; newest first."""
    shared = in_force().filter(email=person.email.lower()).exclude(email="")
    merged = in_force().filter(person__merged_into=person)
    own = Unsubscribe.objects.filter(person=person).values("pk")
    rows = Unsubscribe.objects.filter(pk__in=own.union(shared.values("pk"), merged.values("pk")))
    return rows.select_related("person", "unsubscribed_by", "resubscribed_by").order_by(
        "-unsubscribed_at", "-pk"
    )


def _in_force(*, people: Iterable[int], addresses: Iterable[str]) -> QuerySet[Unsubscribe]:
    wanted = {address.lower() for address in addresses} - {""}
    return in_force().filter(Q(person__in=people) | Q(email__in=wanted))
