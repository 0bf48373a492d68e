from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create_everyone(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("admin_config", "Team").objects.create(name="Everyone", is_everyone=True)


class Migration(migrations.Migration):
    dependencies = [("admin_config", "0001_initial")]

    operations = [migrations.RunPython(create_everyone, migrations.RunPython.noop)]
