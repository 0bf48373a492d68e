import pytest

from syncing.models import SyncProblem
from tests.syncing.people_sync.driving import cycle, expected_people, people_here

pytestmark = pytest.mark.django_db


def test_an_odd_row_of_a_feed_is_a_problem_and_stops_nothing(live, sandbox):
    known = sorted(people_here())
    for marketo_id in known[:2]:
        sandbox.change_lead(marketo_id, firstName="Ada")
    sandbox.add_fault(
        "odd_row", "/rest/v1/activities/leadchanges.json", values={"fields": [{"id": 48}]}
    )

    run = cycle()

    assert (run.state, run.problem_count) == ("SUCCEEDED", 1)
    assert "leadchanges.json" in SyncProblem.objects.get(run=run).message
    assert people_here()[known[1]] == expected_people(sandbox)[known[1]]


def test_an_odd_row_alone_in_its_page_stops_nothing_either(live, sandbox):
    sandbox.change_lead(min(people_here()), firstName="Ada")
    sandbox.add_fault(
        "odd_row", "/rest/v1/activities/leadchanges.json", values={"fields": [{"id": 48}]}
    )

    assert cycle().state == "SUCCEEDED"
    assert cycle().state == "SUCCEEDED"
