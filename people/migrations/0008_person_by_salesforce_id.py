from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_newest_unsubscribes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["salesforce_contact_id"], name="person_by_contact"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["salesforce_lead_id"], name="person_by_lead"),
        ),
    ]
