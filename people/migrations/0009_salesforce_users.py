from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_person_by_salesforce_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="SalesforceUser",
            fields=[
                ("short_id", models.CharField(max_length=15, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("is_active", models.BooleanField(default=True)),
                ("read_at", models.DateTimeField()),
            ],
        ),
    ]
