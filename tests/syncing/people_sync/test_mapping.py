import pytest

from syncing.people_sync.fields import INTERNAL_FIELDS, SYNCED_FIELDS
from syncing.people_sync.mapping import LeadReader, Skip

NAMES = {**SYNCED_FIELDS, **INTERNAL_FIELDS}
CONTACT = {
    "id": 7,
    "sfdcType": "Contact",
    "sfdcContactId": "003000000000001AAA",
    "sfdcLeadOwnerId": "005000000000001AAA",
}


def read(**values):
    return LeadReader(NAMES).read_records([{**CONTACT, **values}])


def test_a_contact_with_a_user_as_owner_is_kept():
    (row,) = read(firstName="Ann").kept
    assert (row.marketo_id, row.first_name, row.sfdc_type) == (7, "Ann", "Contact")
    assert row.last_name == ""


def test_a_lead_with_a_user_as_owner_is_kept():
    assert read(sfdcType="Lead", sfdcLeadId="00Q000000000001AAA", sfdcContactId=None).kept


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"sfdcLeadOwnerId": None}, Skip.NO_OWNER),
        ({"sfdcLeadOwnerId": ""}, Skip.NO_OWNER),
        ({"sfdcLeadOwnerId": "00G000000000001AAA"}, Skip.QUEUE_OWNER),
        ({"sfdcLeadOwnerId": "001000000000001AAA"}, Skip.NO_OWNER),
        ({"sfdcType": None}, Skip.NOT_IN_CRM),
        ({"sfdcType": "Account"}, Skip.NOT_IN_CRM),
        ({"sfdcContactId": None}, Skip.NOT_IN_CRM),
        ({"sfdcType": "Lead"}, Skip.NOT_IN_CRM),
        ({"id": "abc"}, Skip.UNREADABLE),
        ({"id": None}, Skip.UNREADABLE),
        ({"id": 0}, Skip.UNREADABLE),
        ({"id": 2**63}, Skip.UNREADABLE),
    ],
)
def test_everybody_else_is_skipped_for_a_reason(values, reason):
    readings = read(**values)
    assert (readings.read, readings.kept, readings.skip_counts) == (1, [], {reason: 1})


def test_values_of_other_types_become_text():
    (row,) = read(phone=4930123, title=True, company=12.5).kept
    assert (row.phone, row.title, row.company) == ("4930123", "true", "12.5")


def test_overlong_values_are_cut_with_a_problem_each():
    readings = read(firstName="x" * 256, sfdcAccountId="001" + "0" * 20)
    (row,) = readings.kept
    assert (len(row.first_name), len(row.salesforce_account_id)) == (255, 18)
    assert [(problem.field, problem.code) for problem in readings.problems] == [
        ("first_name", "TOO_LONG"),
        ("salesforce_account_id", "TOO_LONG"),
    ]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-05-17T22:11:45Z", "2026-05-17T22:11:45Z"),
        ("2026-05-17T22:11:45+0000", "2026-05-17T22:11:45+00:00"),
        ("2026-W20-7T22:11:45Z", "2026-05-17T22:11:45+00:00"),
        ("2026-05-17T22:11:45Z+0000", "2026-05-17T22:11:45+00:00"),
        ("2026-05-17 22:11:45", "2026-05-17T22:11:45+00:00"),
        (None, None),
        ("", None),
    ],
)
def test_dates_are_spelt_as_postgresql_takes_them(given, stored):
    (row,) = read(updatedAt=given).kept
    assert row.marketo_updated_at == stored


@pytest.mark.parametrize("given", ["yesterday", "2026-13-45T00:00:00Z", 12])
def test_a_bad_date_is_a_problem_and_no_date(given):
    readings = read(createdAt=given)
    assert readings.kept[0].marketo_created_at is None
    assert readings.problems[0].code == "BAD_DATE"


def test_columns_of_a_file_may_come_in_any_order_and_be_missing():
    header = ["sfdcType", "id", "sfdcLeadOwnerId", "sfdcContactId"]
    row = ["Contact", "7", "005000000000001AAA", "003000000000001AAA"]
    readings = LeadReader(NAMES).read_rows([row], header)
    assert readings.kept[0].marketo_id == 7
    assert readings.kept[0].email == ""
