from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_ids_for_matched(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nothing tells how they came here, so they are trusted the less."""
    users = apps.get_model("admin_config", "User").objects.exclude(salesforce_user_id="")
    users.update(is_salesforce_user_matched=True)


class Migration(migrations.Migration):
    dependencies = [("admin_config", "0005_job_title")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_salesforce_user_matched",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(take_ids_for_matched, migrations.RunPython.noop),
    ]
