from urllib.parse import urlsplit

from django.db import migrations, models


def take_from_connection(apps, schema_editor):
    origin = apps.get_model("syncing", "PeopleOrigin")
    for connection in apps.get_model("syncing", "MarketoConnection").objects.all():
        address = urlsplit(connection.base_url)
        is_local = address.scheme == "http"
        origin.objects.create(id=1, host="localhost" if is_local else address.hostname)


class Migration(migrations.Migration):
    dependencies = [
        ("syncing", "0003_when_the_sync_worked"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeopleOrigin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("host", models.CharField(max_length=255)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_people_origin")
                ],
            },
        ),
        migrations.RunPython(take_from_connection, migrations.RunPython.noop),
    ]
