"""How lists of many emails are read."""

import pytest
from django.db import connection

from activities.emails.folders import FOLDERS
from activities.emails.selectors import PAGE_SIZE, visible_emails

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("figure", ["views", "clicks", "replies"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_an_admin_sorts_everybodys_emails_by_an_index(admin, figure, sign):
    """Sorting hundreds of thousands for each page takes too long."""
    delivered = FOLDERS["delivered"].emails(visible_emails(user=admin))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")

    plan = delivered.order_by(f"{sign}{figure}", f"{sign}pk")[:PAGE_SIZE].explain()

    assert f"email_delivered_by_{figure}" in plan
    assert "Sort" not in plan
