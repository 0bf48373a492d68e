from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration():
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert out.getvalue() == "No changes detected\n"


def test_psycopg2_is_the_driver():
    # COPY goes through psycopg2's own calls; Django would prefer psycopg 3 if it were installed.
    assert connection.Database.__name__ == "psycopg2"
