"""What lower floors tell, for the audit log and for mails."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from admin_config.audit import Action, record
from admin_config.models import User
from admin_config.tasks import mail_main_is_lost, mail_salesforce_reminders
from people.models import Person
from people.signals import people_export_begun, people_exported, person_resubscribed
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.signals import salesforce_connection_lost
from syncing.salesforce_settings.signals import salesforce_settings_changed
from syncing.unsubscribe_sync.signals import opt_outs_cleared, unsubscribe_sync_changed


@receiver(people_export_begun)
def audit_begun_export(user: User, query: str, **_: Any) -> None:
    """Before anything is sent: an export that can't be told of is none."""
    record(
        actor=user,
        action=Action.PEOPLE_EXPORT_BEGUN,
        details={"filter": query},
        now=timezone.now(),
    )


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


@receiver(salesforce_connection_lost)
def mail_lost_connection(connection: SalesforceConnection, **_: Any) -> None:
    """Who alone can put it right is told: the seller, or for the main connection the admins."""
    if connection.user_id:
        mail_salesforce_reminders([connection.user_id])
        return
    for admin in User.objects.filter(role=User.Role.ADMIN, is_active=True):
        kwargs = {"admin_id": admin.pk}
        queue = partial(mail_main_is_lost.apply_async, kwargs=kwargs, retry=False)
        transaction.on_commit(queue, robust=True)


@receiver(salesforce_settings_changed)
def audit_salesforce_settings(
    changes: dict[str, Any], by: User | None, now: datetime, **_: Any
) -> None:
    record(actor=by, action=Action.SALESFORCE_SETTINGS_CHANGED, details=changes, now=now)


@receiver(unsubscribe_sync_changed)
def audit_unsubscribe_sync(
    changes: dict[str, Any], by: User | None, now: datetime, **_: Any
) -> None:
    record(actor=by, action=Action.UNSUBSCRIBE_SYNC_CHANGED, details=changes, now=now)


@receiver(opt_outs_cleared)
def audit_cleared_opt_outs(
    person: Person, records: list[str], by: User, now: datetime, **_: Any
) -> None:
    record(
        actor=by,
        action=Action.OPT_OUT_CLEARED,
        target=person.name,
        details={"person": person.pk, "records": ", ".join(records)},
        now=now,
    )
