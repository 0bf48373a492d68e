"""Every column takes every string, whichever way it comes."""

import pytest

from syncing.people_sync.fields import SYNCED_FIELDS
from syncing.sandbox import SANDBOX_SMART_LIST_ID
from tests.nasty import NASTY
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import cycle, full_sync, people_here

pytestmark = pytest.mark.django_db

OWNER = "0055g00000Ab1SaAAJ"
COLUMNS = [
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "source",
]
# Marketo's own JSON and files cannot tell these from an absent value, or do not carry them.
TRANSPORTABLE = [text for text in NASTY if text != "null"]


def create(sandbox, text):
    values = {SYNCED_FIELDS[column]: text for column in COLUMNS}
    return sandbox.create_lead(sfdcType="Contact", sfdcLeadOwnerId=OWNER, **values)


@pytest.mark.parametrize("smart_list_id", [None, SANDBOX_SMART_LIST_ID], ids=["rest", "bulk"])
def test_nasty_strings_arrive_by_a_full_run(sandbox, db, smart_list_id):
    created = {create(sandbox, text): text for text in TRANSPORTABLE}
    connect(sandbox, smart_list_id=smart_list_id)
    assert full_sync().problem_count == 0
    here = people_here()
    for marketo_id, text in created.items():
        assert {column: here[marketo_id][column] for column in COLUMNS} == dict.fromkeys(
            COLUMNS, text
        )
    run = full_sync()
    assert run.written == 0


def test_nasty_strings_arrive_by_a_cycle(marketo_with_list, sandbox):
    full_sync()
    created = {create(sandbox, text): text for text in NASTY}
    cycle()
    here = people_here()
    for marketo_id, text in created.items():
        assert {here[marketo_id][column] for column in COLUMNS} == {text}
