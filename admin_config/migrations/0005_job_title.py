from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("admin_config", "0004_sign_in_settings")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="job_title",
            field=models.CharField(blank=True, max_length=100, verbose_name="job title"),
        ),
    ]
