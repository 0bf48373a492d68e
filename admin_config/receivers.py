"""What lower floors tell, for the audit log."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from admin_config.audit import Action, record
from admin_config.models import User
from people.signals import people_exported


@receiver(people_exported)
def audit_people_export(user: User, count: int, query: str, **_: Any) -> None:
    record(
        actor=user,
        action=Action.PEOPLE_EXPORTED,
        details={"people": count, "filter": query},
        now=timezone.now(),
    )
