"""Which org the records are of that we know."""

from __future__ import annotations

from django.db import transaction

from syncing.salesforce_connections.selectors import get_org
from syncing.unsubscribe_sync.models import RemoteOptOut, UnsubscribeSync


def sync_of_this_org() -> UnsubscribeSync:
    """What was known of the records of another org means nothing in this one."""
    org = get_org()
    org_id = org.org_id if org else ""
    sync = UnsubscribeSync.load()
    if sync.org_id != org_id:
        with transaction.atomic():
            RemoteOptOut.objects.all().delete()
            UnsubscribeSync.store(org_id=org_id, cursors={})
        sync = UnsubscribeSync.load()
    return sync
