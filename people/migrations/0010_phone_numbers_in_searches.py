"""Have phone numbers in `search_text` by their digits.

People are written anew and the index with them: about a minute at 1.5 million, in which nobody can
read them.
"""

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
        # Else searches would be planned without knowing the new column until autovacuum comes by.
        migrations.RunSQL("ANALYZE people_person", migrations.RunSQL.noop),
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
