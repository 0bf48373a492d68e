from datetime import UTC, datetime

import pytest

from syncing.marketo import Activity, LeadExport, LeadField, moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-01T10:00:00Z",
        "2026-08-01T10:00:00+0000",
        "2026-08-01T10:00:00Z+0000",
        "2026-08-01T10:00:00",
        "2026-08-01 10:00:00",
        "2026-08-01T12:00:00+02:00",
    ],
)
def test_a_moment_is_the_same_in_every_spelling(text):
    assert moment(text) == datetime(2026, 8, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T10:00:00Z"])
def test_what_is_no_date_is_an_error(text):
    with pytest.raises(ValueError, match=r"isoformat|month"):
        moment(text)


def test_numbers_may_be_written_as_text():
    export = LeadExport.from_json(
        {"exportId": 1, "status": "Completed", "fileSize": "123", "numberOfRecords": "7"}
    )
    field = LeadField.from_json({"name": "email", "length": "255"})
    activity = Activity.from_json(
        {
            "marketoGUID": "1",
            "leadId": "775",
            "activityDate": "2026-08-01T10:00:00",
            "activityTypeId": "23",
            "primaryAttributeValueId": "71",
        }
    )

    assert (export.file_size, export.record_count, field.length) == (123, 7, 255)
    assert (activity.lead_id, activity.activity_type_id, activity.primary_value_id) == (775, 23, 71)


@pytest.mark.parametrize("absent", [{}, {"fileSize": None, "numberOfRecords": ""}])
def test_numbers_may_be_absent(absent):
    export = LeadExport.from_json({"exportId": "ce45", "status": "Created", **absent})

    assert (export.file_size, export.record_count) == (None, None)
