from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_what_holds_the_log_up")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="code",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
