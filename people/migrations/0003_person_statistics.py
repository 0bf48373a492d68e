"""Let the planner know how values are spread in the expressions people are sorted and filtered by.

It does not use the statistics of a partial index, and without any it takes one person in 200.
"""

from django.db import migrations

COLUMNS = ("first_name", "last_name", "email", "company", "title", "phone", "source")


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_people_list_indexes"),
    ]

    operations = [
        migrations.RunSQL(
            sql=f"CREATE STATISTICS person_{column} ON (lower({column})) FROM people_person",
            reverse_sql=f"DROP STATISTICS person_{column}",
        )
        for column in COLUMNS
    ]
