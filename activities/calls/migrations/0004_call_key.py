from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0003_provider_reports")]

    operations = [
        migrations.AddField("call", "key", models.UUIDField(null=True)),
        # Each row its own, in one statement.
        migrations.RunSQL(
            "UPDATE calls_call SET key = gen_random_uuid()", migrations.RunSQL.noop
        ),
        migrations.AlterField("call", "key", models.UUIDField(default=uuid4)),
        migrations.AddConstraint(
            "call", models.UniqueConstraint(fields=["caller", "key"], name="call_once_per_key")
        ),
    ]
