from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncing", "0002_merges_and_rewinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="marketoconnection",
            name="worked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
