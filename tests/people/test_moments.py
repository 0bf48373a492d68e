from datetime import UTC, datetime

import pytest

from people.moments import EARLIEST, LATEST, in_utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:30:00+01:30", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22T00:00:00-23:59", datetime(2026, 11, 22, 23, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", EARLIEST),
        ("9999-12-31T23:00:00-10:00", LATEST),
    ],
)
def test_every_offset_comes_to_utc(text, expected):
    assert in_utc(datetime.fromisoformat(text)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00%2B23:00", "0001-01-01T00:00:00%2B10:00"])
def test_page_takes_every_offset(seller_client, moment):
    assert seller_client.get(f"/people/?updated_since={moment}").status_code == 200
