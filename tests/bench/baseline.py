"""Django's own upsert of an export's people: what the merge is compared with."""

import json
import os
import sys
import time
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "actions_app.settings.development")
django.setup()

from django.db.models import QuerySet  # noqa: E402

from people.models import Person  # noqa: E402
from syncing.connections import client_for  # noqa: E402
from syncing.marketo import LeadExport  # noqa: E402
from syncing.models import MarketoConnection  # noqa: E402
from syncing.people_sync.fields import api_names  # noqa: E402
from syncing.people_sync.mapping import LeadReader  # noqa: E402

BATCH = 1_000


def main() -> None:
    marketo = MarketoConnection.objects.get()
    names = api_names(marketo)
    reader = LeadReader(names)
    people, started = 0, time.perf_counter()
    with client_for(marketo) as client:
        job = client.create_lead_export(
            list(names.values()), {"smartListId": marketo.smart_list_id}
        )
        client.enqueue_lead_export(job.export_id)
        while (export := client.lead_export_status(job.export_id)).status != LeadExport.COMPLETED:
            time.sleep(0.05)
        for batch in client.lead_export_rows(export):
            rows = reader.read_rows(batch.rows, batch.columns).kept
            for first in range(0, len(rows), BATCH):
                upsert(rows[first : first + BATCH])
            people += len(rows)
    sys.stdout.write(json.dumps({"people": people, "seconds": time.perf_counter() - started}))


def upsert(rows) -> None:
    now = datetime.now(UTC)
    fields = rows[0]._fields
    # The model's own manager refuses to write.
    QuerySet(Person).bulk_create(
        [Person(**row._asdict(), created_at=now, updated_at=now) for row in rows],
        update_conflicts=True,
        unique_fields=["marketo_id"],
        update_fields=[*fields[1:], "updated_at"],
    )


if __name__ == "__main__":
    main()
