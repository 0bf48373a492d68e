"""What lower floors tell, for the audit log."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from admin_config.audit import Action, record
from admin_config.models import User
from people.models import Person
from people.signals import people_exported, person_resubscribed


@receiver(people_exported)
def audit_people_export(user: User, count: int, query: str, **_: Any) -> None:
    record(
        actor=user,
        action=Action.PEOPLE_EXPORTED,
        details={"people": count, "filter": query},
        now=timezone.now(),
    )


@receiver(person_resubscribed)
def audit_resubscribe(person: Person, by: User, reason: str, now: datetime, **_: Any) -> None:
    record(
        actor=by,
        action=Action.UNSUBSCRIBE_REMOVED,
        target=person.name,
        details={"person": person.pk, "reason": reason},
        now=now,
    )
