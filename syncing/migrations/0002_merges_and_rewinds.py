import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('syncing', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='dirtylead',
            name='merged_into',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='feedcursor',
            name='rewound_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
    ]
