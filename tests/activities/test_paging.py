import base64
import json
from datetime import timedelta

import pytest

from activities.models import Activity
from activities.paging import Cursor, read_page
from tests.activities.logged import NOW, log
from tests.factories import make_person

UUID_TEXT = "6f0c2f0e-6a7e-4f6f-8a3e-2f5d1c0b9a77"


def encoded(*place):
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.fixture
def logged(seller):
    """Twelve activities, newest first; some at the same moment."""
    person = make_person()
    rows = [log(person, seller, occurred_at=NOW - timedelta(hours=n // 5)) for n in range(12)]
    return sorted(rows, key=lambda row: (row.occurred_at, row.uuid), reverse=True)


def page_at(cursor=None, size=5):
    return read_page(Activity.objects.all(), moment="occurred_at", cursor=cursor, size=size)


def test_reading_on_and_back_meets_everything_once(logged):
    first = page_at()
    second = page_at(Cursor.parse(str(first.next)))
    third = page_at(Cursor.parse(str(second.next)))
    back = page_at(Cursor.parse(str(third.previous)))

    assert [*first.rows, *second.rows, *third.rows] == logged
    assert (first.previous, third.next) == (None, None)
    assert back == second


def test_paging_back_to_the_beginning_is_the_first_page(logged, seller):
    second = page_at(page_at().next)
    newer = log(logged[0].person, seller, occurred_at=NOW + timedelta(hours=1))

    first = page_at(second.previous)
    if first.previous:
        first = page_at(first.previous)

    assert first.rows[0] == newer
    assert first.previous is None


@pytest.mark.django_db
def test_an_empty_page_has_no_neighbours():
    page = page_at()

    assert (page.rows, page.previous, page.next) == ([], None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        encoded(1),
        encoded("2026-03-04T10:30:00+00:00", "x", False),
        encoded("2026-03-04T10:30:00", UUID_TEXT, False),
        encoded("2026-03-04T10:30:00+00:00", -1, False),
        encoded("2026-03-04T10:30:00+00:00", 2**63, False),
        encoded("2026-03-04T10:30:00+00:00", 1.5, False),
        encoded("2026-03-04T10:30:00+00:00", True, False),
        encoded("2026-03-04T10:30:00+00:00", UUID_TEXT, 1),
        encoded(None, UUID_TEXT, False),
    ],
)
def test_what_is_no_cursor_is_none(text):
    assert Cursor.parse(text) is None


@pytest.mark.parametrize("offset", ["+23:59", "-23:59"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-03-04"])
def test_any_moment_can_be_sent_to_the_database(logged, day, offset):
    cursor = Cursor.parse(encoded(f"{day}T12:00:00{offset}", UUID_TEXT, False))

    assert len(page_at(cursor, size=100).rows) in {0, 12}


def test_a_cursor_of_other_rows_starts_at_the_first_page(logged):
    assert page_at(Cursor(NOW, 5)) == page_at()
