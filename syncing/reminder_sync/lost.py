"""Finding again what may have been made, and who somebody has become."""

from __future__ import annotations

from collections.abc import Sequence

from syncing.reminder_sync.context import Context
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.values import shadow_of
from syncing.salesforce import Record, format_soql, to_18

CONTACT = "SELECT MasterRecordId FROM Contact WHERE Id = {id}"
LEAD = "SELECT MasterRecordId, ConvertedContactId FROM Lead WHERE Id = {id}"


def find_lost(links: Sequence[ReminderLink], context: Context) -> dict[int, Record]:
    """The tasks that were made for these, by the link; those in the recycle bin among them."""
    if not links:
        return {}
    if context.shape.mark:
        return _by_mark(links, context)
    return _by_subject(links, context)


def whom_instead(who_id: str, context: Context) -> str:
    """The contact of a lead that was converted, or who won a merge; nothing where there is none."""
    soql = CONTACT if who_id.startswith("003") else LEAD
    for row in context.client.query_all(format_soql(soql, id=who_id)):
        return to_18(row.get("ConvertedContactId") or row.get("MasterRecordId") or "")
    return ""


def _by_mark(links: Sequence[ReminderLink], context: Context) -> dict[int, Record]:
    shape = context.shape
    by_key = {link.key: link.pk for link in links}
    soql = format_soql(
        shape.select(" OR ".join(f"{mark} IN {{keys}}" for mark in shape.marks)),
        keys=[str(key) for key in by_key],
    )
    found: dict[int, Record] = {}
    for task in context.client.query_all(soql):
        key = shape.key_of(task)
        # A copy has the same key: one that is there counts, also beside one that was deleted.
        if key in by_key and (by_key[key] not in found or not task["IsDeleted"]):
            found[by_key[key]] = task
    return found


def _by_subject(links: Sequence[ReminderLink], context: Context) -> dict[int, Record]:
    """Where nothing marks our tasks: made since, as it was asked for, and not linked yet."""
    found: dict[int, Record] = {}
    taken: set[str] = set()
    for link in links:
        asked = shadow_of(link)
        if asked is None:
            continue
        soql = format_soql(
            context.shape.select(
                "OwnerId = {owner} AND Subject = {subject} AND CreatedDate >= {since}"
                " ORDER BY CreatedDate"
            ),
            owner=link.owner_id,
            subject=asked.subject,
            since=link.reminder.created_at,
        )
        for task in context.client.query_all(soql):
            task_id = to_18(task["Id"])
            is_linked = ReminderLink.objects.filter(task_id=task_id).exists()
            if task_id not in taken and not is_linked:
                found[link.pk] = task
                taken.add(task_id)
                break
    return found
