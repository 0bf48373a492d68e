"""Here, Salesforce, fields and setting: what becomes of everybody, as one table.

All that differ in it are together in one org and go through one run.
"""

from typing import NamedTuple

import pytest
from django.utils import timezone

from people.models import Unsubscribe
from people.unsubscribes import is_unsubscribed
from syncing.unsubscribe_sync.models import Push, Run, UnsubscribeSync
from syncing.unsubscribe_sync.services import change_sync
from tests.syncing.unsubscribe_sync.conftest import (
    OPT_OUT,
    is_opted_out,
    person_with,
    push_all,
    run_now,
    stop,
)

pytestmark = pytest.mark.django_db

SALES = "Sales_Opt_Out__c"
Source = Unsubscribe.Source


class Case(NamedTuple):
    """How somebody stands here (None, or by whom), and the two fields there, before and after."""

    here: str | None
    email_field: bool
    sales_field: bool
    out_after: bool
    email_after: bool
    sales_after: bool


# Nothing but the push of what is new: nobody comes in, and an opt-out there stays as it is.
OFF = [
    Case(None, False, False, False, False, False),
    Case(None, True, False, False, True, False),
    Case(None, False, True, False, False, True),
    Case("MANUAL", False, False, True, True, False),
    Case("MANUAL", True, False, True, True, False),
    Case("CLICKED_LINK", False, True, True, True, True),
    Case("SALESFORCE", False, False, True, False, False),
]
OFF_BOTH_FIELDS = [
    Case(None, False, False, False, False, False),
    Case(None, True, False, False, True, False),
    Case("MANUAL", False, False, True, True, True),
    Case("COMPLAINT", True, False, True, True, True),
    Case("MANUAL", False, True, True, True, True),
    Case("SALESFORCE", False, False, True, False, False),
]
# Both ways, and the sales field is nobody's business.
ON = [
    Case(None, False, False, False, False, False),
    Case(None, True, False, True, True, False),
    Case(None, False, True, False, False, True),
    Case("MANUAL", False, False, True, True, False),
    Case("MANUAL", True, False, True, True, False),
    Case("SALESFORCE", False, False, True, True, False),
    Case("SALESFORCE", True, True, True, True, True),
]
# Both ways; the sales field counts, and is ticked only for those who unsubscribed here.
ON_BOTH_FIELDS = [
    Case(None, False, False, False, False, False),
    Case(None, True, False, True, True, False),
    Case(None, False, True, True, True, True),
    Case(None, True, True, True, True, True),
    Case("MANUAL", False, False, True, True, True),
    Case("CLICKED_LINK", True, False, True, True, True),
    Case("BOUNCE", False, True, True, True, True),
    Case("SALESFORCE", False, False, True, True, False),
    Case("SALESFORCE", True, False, True, True, False),
]


@pytest.mark.parametrize("object_name", ["Lead", "Contact"])
@pytest.mark.parametrize(
    ("choice", "cases"),
    [
        pytest.param(("OFF", ""), OFF, id="off"),
        pytest.param(("OFF", SALES), OFF_BOTH_FIELDS, id="off-both-fields"),
        pytest.param(("NIGHTLY", ""), ON, id="nightly"),
        pytest.param(("NIGHTLY", SALES), ON_BOTH_FIELDS, id="nightly-both-fields"),
        pytest.param(("CONTINUOUS", ""), ON, id="continuous"),
        pytest.param(("CONTINUOUS", SALES), ON_BOTH_FIELDS, id="continuous-both-fields"),
    ],
)
def test_the_table(main, salesforce, object_name, choice, cases):
    mode, sales_field = choice
    changes = {"mode": mode, "sales_field": sales_field}
    change_sync(changes=changes, by=None, now=timezone.now())
    if mode == UnsubscribeSync.Mode.CONTINUOUS:
        run_now()
    everybody = [_meet(salesforce, object_name, place, case) for place, case in enumerate(cases)]

    push_all()
    if mode == UnsubscribeSync.Mode.NIGHTLY:
        run_now()
    elif mode == UnsubscribeSync.Mode.CONTINUOUS:
        run_now(Run.Kind.CHANGES)

    found = [
        Case(
            case.here,
            case.email_field,
            case.sales_field,
            is_unsubscribed(person),
            is_opted_out(salesforce, record_id),
            is_opted_out(salesforce, record_id, SALES),
        )
        for case, (person, record_id) in zip(cases, everybody, strict=True)
    ]
    assert found == cases
    assert not Push.objects.exclude(state=Push.State.DONE).exists()


def _meet(salesforce, object_name, place, case):
    person, record_id = person_with(
        salesforce,
        object_name,
        email=f"person{place}@example.com",
        **{OPT_OUT: case.email_field, SALES: case.sales_field},
    )
    if case.here:
        stop(person, source=Source[case.here])
    return person, record_id


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_nothing_is_ever_unticked_by_a_run(continuous, salesforce, kind):
    _, opted_out = person_with(salesforce, **{OPT_OUT: True, SALES: True})

    run_now(kind)

    assert is_opted_out(salesforce, opted_out)
    assert is_opted_out(salesforce, opted_out, SALES)
