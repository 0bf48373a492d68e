from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

DELIVERED = models.Q(("archived_at", None), ("deleted_at", None), ("state", "SENT"))


class Migration(migrations.Migration):
    """Emails may be many by now, and go on being sent meanwhile."""

    atomic = False

    dependencies = [("emails", "0006_read_mailboxes_apart")]

    operations = [
        AddIndexConcurrently(
            "email",
            models.Index(
                fields=[f"-{figure}", "-id"],
                name=f"email_delivered_by_{figure}",
                condition=DELIVERED,
            ),
        )
        for figure in ("views", "clicks", "replies")
    ]
