from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower

from people.phone_numbers import WithoutMarks


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_salesforce_users"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="person", name="person_search"),
        migrations.RemoveField(model_name="person", name="search_text"),
        migrations.AddField(
            model_name="person",
            name="search_text",
            field=models.GeneratedField(
                expression=Lower(
                    Concat(
                        "first_name",
                        Value(" "),
                        "last_name",
                        Value("\n"),
                        "email",
                        Value("\n"),
                        "company",
                        Value("\n"),
                        "title",
                        Value("\n"),
                        WithoutMarks("phone"),
                    )
                ),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=GinIndex(
                fields=["search_text"],
                name="person_search",
                opclasses=["gin_trgm_ops"],
                condition=Q(state="ACTIVE"),
            ),
        ),
    ]
