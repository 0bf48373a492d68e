from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncing.reminder_sync.merge import FIELDS, Conflict, Side, Values, merge

AGREED = Values("Call Ann", "", "NORMAL", date(2026, 3, 4), is_done=False)

few_values = st.builds(
    Values,
    subject=st.sampled_from(["a", "b", "c"]),
    notes=st.sampled_from(["", "x"]),
    priority=st.sampled_from(["HIGH", "NORMAL", "LOW"]),
    due_on=st.sampled_from([date(2026, 3, 4), date(2026, 3, 5)]),
    is_done=st.booleans(),
)


def test_what_one_side_changed_the_other_takes():
    here = AGREED.changed({"subject": "Call Bo"})
    there = AGREED.changed({"priority": "HIGH"})

    merged = merge(AGREED, here, there, is_later_here=False)

    assert merged.here == {"priority": "HIGH"}
    assert merged.there == {"subject": "Call Bo"}
    assert merged.conflicts == ()


def test_what_both_changed_alike_is_agreed():
    both = AGREED.changed({"subject": "Call Bo", "is_done": True})

    merged = merge(AGREED, both, both, is_later_here=True)

    assert (merged.here, merged.there, merged.conflicts) == ({}, {}, ())
    assert merged.values == both


@pytest.mark.parametrize(
    ("is_later_here", "winner", "subject", "lost"),
    [(True, Side.HERE, "ours", "theirs"), (False, Side.SALESFORCE, "theirs", "ours")],
)
def test_the_later_edit_of_one_field_wins_and_tells_what_is_lost(
    is_later_here, winner, subject, lost
):
    here, there = AGREED.changed({"subject": "ours"}), AGREED.changed({"subject": "theirs"})

    merged = merge(AGREED, here, there, is_later_here=is_later_here)

    assert merged.values.subject == subject
    assert merged.conflicts == (Conflict("subject", winner, lost),)


def test_done_on_either_side_is_done_where_nothing_was_agreed():
    done = AGREED.changed({"is_done": True})

    assert merge(None, AGREED, done, is_later_here=True).values.is_done
    assert merge(None, done, AGREED, is_later_here=False).values.is_done


def test_reopening_on_one_side_reopens_the_other():
    done = AGREED.changed({"is_done": True})

    assert merge(done, AGREED, done, is_later_here=False).there == {"is_done": False}
    assert merge(done, done, AGREED, is_later_here=True).here == {"is_done": False}


def test_the_shadow_survives_being_stored():
    assert Values.from_json(AGREED.as_json()) == AGREED


@given(shadow=st.none() | few_values, here=few_values, there=few_values, later=st.booleans())
def test_both_sides_are_the_same_afterwards_and_a_second_merge_changes_nothing(
    shadow, here, there, later
):
    merged = merge(shadow, here, there, is_later_here=later)

    assert here.changed(merged.here) == there.changed(merged.there) == merged.values
    again = merge(merged.values, merged.values, merged.values, is_later_here=not later)
    assert (again.here, again.there, again.conflicts) == ({}, {}, ())


@given(shadow=few_values, here=few_values, there=few_values, later=st.booleans())
def test_a_value_is_lost_only_in_a_conflict_that_tells_it(shadow, here, there, later):
    merged = merge(shadow, here, there, is_later_here=later)

    told = {conflict.field: conflict.lost for conflict in merged.conflicts}
    for name in FIELDS:
        for side in (here, there):
            value = getattr(side, name)
            is_kept = value in {getattr(merged.values, name), getattr(shadow, name)}
            assert is_kept or told[name] == value
