import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """How far it has come is known of each user; all links are looked at once after this."""

    dependencies = [
        ('reminder_sync', '0004_ignored_links'),
    ]

    operations = [
        migrations.RemoveField(model_name='remindersync', name='replicated_until'),
        migrations.RemoveField(model_name='remindersync', name='reconciled_at'),
        migrations.AddField(
            model_name='synceduser',
            name='replicated_until',
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='synceduser',
            name='reconciled_at',
            field=models.DateTimeField(null=True),
        ),
    ]
