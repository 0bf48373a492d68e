from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Group, Person
from syncing.models import DirtyLead, FeedCursor, MarketoConnection, SeenActivity, SyncRun
from syncing.people_sync.dirty import forget, mark_dirty, next_dirty
from syncing.people_sync.engine import advance
from tests.syncing.people_sync.driving import (
    cycle,
    drive_until,
    expected_people,
    people_here,
    qualifies,
    refreshed,
)

pytestmark = pytest.mark.django_db


def person(marketo_id):
    return Person.objects.get(marketo_id=marketo_id)


def some_lead(sandbox, sfdc_type):
    leads = sandbox.leads().values()
    return next(lead["id"] for lead in leads if qualifies(lead) and lead["sfdcType"] == sfdc_type)


def test_an_idle_cycle_costs_three_calls(live):
    run = cycle()
    assert (run.state, run.api_calls, run.read) == ("SUCCEEDED", 3, 0)


def test_idle_cycles_leave_one_row(live):
    for _ in range(4):
        cycle()
    assert SyncRun.objects.filter(kind="INCREMENTAL").count() == 1


def test_cycles_of_more_than_a_month_ago_are_forgotten_however_they_ended(live):
    long_ago = timezone.now() - timedelta(days=31)
    for state in ("SUCCEEDED", "FAILED", "CANCELLED"):
        SyncRun.objects.create(
            kind="INCREMENTAL", state=state, read=1, started_at=long_ago, finished_at=long_ago
        )
    failed = SyncRun.objects.create(
        kind="INCREMENTAL", state="FAILED", started_at=timezone.now(), finished_at=timezone.now()
    )
    latest = cycle()
    assert set(SyncRun.objects.filter(kind="INCREMENTAL")) == {failed, latest}


def test_a_changed_field_arrives(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.change_lead(marketo_id, firstName="Ada", company="Analytical Engines")
    run = cycle()
    assert (run.read, run.written) == (1, 1)
    assert people_here() == expected_people(sandbox)
    history = person(marketo_id).changes.latest("happened_at")
    assert history.kind == "UPDATED"
    assert history.changes["first_name"][1] == "Ada"


def test_changes_of_other_fields_are_not_looked_at(live, sandbox):
    sandbox.change_lead(some_lead(sandbox, "Lead"), leadScore=99)
    assert cycle().api_calls == 3


def test_a_new_lead_with_an_owner_arrives(live, sandbox):
    marketo_id = sandbox.create_lead(
        firstName="New", sfdcType="Lead", sfdcLeadOwnerId="0055g00000Ab1SaAAJ"
    )
    sandbox.create_lead(firstName="Nobody's")
    run = cycle()
    assert (run.read, run.kept, run.skipped) == (2, 1, {"NOT_IN_CRM": 1})
    assert person(marketo_id).first_name == "New"


def test_who_becomes_a_salesforce_lead_arrives(live, sandbox):
    marketo_id = sandbox.create_lead(firstName="Late")
    cycle()
    sandbox.sync_to_salesforce(marketo_id, "0055g00000Ab1SaAAJ")
    cycle()
    assert person(marketo_id).sfdc_type == "Lead"


def test_losing_the_owner_removes_and_an_owner_brings_back(live, sandbox):
    marketo_id = some_lead(sandbox, "Contact")
    owner = person(marketo_id).owner_salesforce_id
    sandbox.set_owner(marketo_id, None)
    run = cycle()
    assert run.removed == 1
    lost = person(marketo_id)
    assert (lost.state, lost.removed_reason) == ("REMOVED", "OWNER_LOST")
    assert lost.removed_at is not None
    sandbox.set_owner(marketo_id, "0055g00000Ab1SbAAJ")
    cycle()
    back = person(marketo_id)
    assert (back.state, back.removed_reason, back.removed_at) == ("ACTIVE", "", None)
    assert back.owner_salesforce_id == "0055g00000Ab1SbAAJ"
    kinds = [change.kind for change in back.changes.order_by("pk")]
    assert kinds[-2:] == ["REMOVED", "RESTORED"]
    assert back.changes.latest("pk").changes["owner_salesforce_id"][0] == owner


def test_a_queue_is_no_owner(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.set_owner(marketo_id, "00G5g000001AbCdEAK")
    run = cycle()
    assert run.skipped == {"QUEUE_OWNER": 1}
    assert person(marketo_id).removed_reason == "OWNER_LOST"


def test_a_deleted_lead_is_removed(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.delete_lead(marketo_id)
    run = cycle()
    assert (run.removed, run.read) == (1, 0)
    assert person(marketo_id).removed_reason == "DELETED"


def test_who_leaves_salesforce_is_removed(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.delete_from_salesforce(marketo_id)
    cycle()
    assert person(marketo_id).removed_reason == "NOT_IN_CRM"


def test_a_converted_lead_keeps_its_lead_id_and_gets_the_others(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    lead_id = person(marketo_id).salesforce_lead_id
    sandbox.convert_lead(marketo_id)
    cycle()
    contact = person(marketo_id)
    assert (contact.sfdc_type, contact.salesforce_lead_id) == ("Contact", lead_id)
    assert contact.salesforce_contact_id
    assert contact.salesforce_account_id
    assert contact.changes.latest("pk").kind == "CONVERTED"
    assert people_here() == expected_people(sandbox)


@pytest.mark.parametrize("in_deleted_feed", [False, True])
@pytest.mark.parametrize("in_salesforce", [False, True])
def test_a_merge_hands_groups_and_history_to_the_winner(
    live, sandbox, seller, in_deleted_feed, in_salesforce
):
    sandbox.set_limits(merged_losers_in_deleted_feed=in_deleted_feed)
    winner, loser, other = list(people_here())[:3]
    sandbox.change_lead(loser, title="Loser's title")
    cycle()
    group = Group.objects.create(owner=seller, name="Mine")
    group.people.add(person(loser), person(other))
    both = Group.objects.create(owner=seller, name="Both")
    both.people.add(person(loser), person(winner))
    sandbox.merge_leads(winner, [loser], in_salesforce=in_salesforce)
    run = cycle()
    assert run.removed == 1
    lost = person(loser)
    assert (lost.state, lost.removed_reason) == ("REMOVED", "MERGED")
    assert lost.merged_into == person(winner)
    assert set(group.people.all()) == {person(winner), person(other)}
    assert list(both.people.all()) == [person(winner)]
    titles = [change.changes.get("title") for change in person(winner).changes.all()]
    assert any(title and title[1] == "Loser's title" for title in titles)
    assert person(winner).changes.filter(kind="MERGED").count() == 1
    assert lost.changes.get().kind == "MERGED"
    assert people_here() == expected_people(sandbox)


def test_merges_in_a_chain_end_at_the_last_winner(live, sandbox):
    first, second, third = list(people_here())[:3]
    sandbox.merge_leads(second, [first])
    cycle()
    sandbox.merge_leads(third, [second])
    cycle()
    assert person(first).merged_into == person(second).merged_into == person(third)


def test_a_merge_into_somebody_who_does_not_qualify(live, sandbox):
    loser = some_lead(sandbox, "Lead")
    winner = sandbox.create_lead(firstName="Marketo only")
    sandbox.add_activity(winner, 32, attributes={"Merge IDs": [loser]})
    sandbox.delete_lead(loser)
    cycle()
    lost = person(loser)
    assert (lost.removed_reason, lost.merged_into) == ("MERGED", None)


def test_a_loser_that_marketo_still_has_stays(live, sandbox):
    winner, loser = list(people_here())[:2]
    sandbox.add_activity(winner, 32, attributes={"Merge IDs": f"[{loser}]"})
    cycle()
    assert person(loser).state == "ACTIVE"
    assert not DirtyLead.objects.exists()


def test_a_new_opportunity_arrives(live, sandbox):
    marketo_id = some_lead(sandbox, "Contact")
    sandbox.add_role(marketo_id, "0065g00000Zz9ZzAAJ", is_primary=True)
    cycle()
    assert people_here() == expected_people(sandbox)
    assert person(marketo_id).salesforce_opportunity_id == "0065g00000Zz9ZzAAJ"


def test_a_company_rename_comes_with_the_nightly_reconcile(live, sandbox):
    lead = sandbox.leads([some_lead(sandbox, "Contact")]).popitem()[1]
    count = sandbox.rename_company(lead["contactCompany"], "Phoenix Ltd")
    assert cycle().written == 0
    MarketoConnection.objects.update(next_reconcile_at=timezone.now())
    run = drive_until(SyncRun.objects.filter(kind="RECONCILE", state="SUCCEEDED").first)
    assert 0 < run.written <= count
    assert people_here() == expected_people(sandbox)
    assert run.read == run.kept + sum(run.skipped.values())
    assert run.kept == run.written + run.unchanged
    assert refreshed(live).next_reconcile_at > timezone.now()


def test_rows_that_come_twice_are_taken_once(live, sandbox):
    sandbox.change_lead(some_lead(sandbox, "Lead"), firstName="Once")
    cycle()
    # The next cycle steps back and reads the row again.
    FeedCursor.objects.update(rewound_at=timezone.now() - timedelta(hours=2))
    run = cycle()
    assert (run.read, run.api_calls) == (0, 4)


def test_a_row_that_is_written_late_is_found_by_stepping_back(live, sandbox):
    lead = sandbox.leads([some_lead(sandbox, "Contact")]).popitem()[1]
    cycle()
    # Renaming a company leaves no row; this one is written now, but dated before the last cycle.
    sandbox.rename_company(lead["contactCompany"], "Late Ltd")
    earlier = (timezone.now() - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sandbox.add_activity(lead["id"], 19, happened_at=earlier)
    cycle()
    assert person(lead["id"]).company != "Late Ltd"
    FeedCursor.objects.update(rewound_at=timezone.now() - timedelta(hours=2))
    cycle()
    assert person(lead["id"]).company == "Late Ltd"


def test_a_rejected_token_is_minted_anew_and_loses_nothing(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.change_lead(marketo_id, firstName="Still here")
    FeedCursor.objects.update(token="EXPIRED")
    cycle()
    assert people_here() == expected_people(sandbox)
    assert not FeedCursor.objects.filter(token="EXPIRED").exists()


def test_what_was_seen_is_forgotten_when_it_cannot_come_again(live, sandbox):
    sandbox.change_lead(some_lead(sandbox, "Lead"), firstName="Once")
    cycle()
    assert SeenActivity.objects.exists()
    SeenActivity.objects.update(happened_at=timezone.now() - timedelta(days=2))
    cycle()
    assert not SeenActivity.objects.exists()


def test_a_marked_lead_is_read_at_once(live, sandbox):
    marketo_id = some_lead(sandbox, "Lead")
    sandbox.change_lead(marketo_id, company="Now")
    mark_dirty(marketo_ids=[marketo_id], now=timezone.now())
    assert live.next_cycle_at is not None
    MarketoConnection.objects.update(next_cycle_at=timezone.now() + timedelta(hours=1))
    assert advance(now=timezone.now())
    assert person(marketo_id).company == "Now"
    assert not advance(now=timezone.now())


def test_marked_leads_cost_no_look_at_the_feeds_before_its_time(live, sandbox):
    cycle()
    next_cycle_at = refreshed(live).next_cycle_at
    sandbox.change_lead(some_lead(sandbox, "Lead"), company="In the feeds")
    calls = sum(sandbox.calls().values())
    for marketo_id in list(people_here())[:5]:
        mark_dirty(marketo_ids=[marketo_id], now=timezone.now())
        while advance(now=timezone.now()):
            pass
    assert not DirtyLead.objects.exists()
    assert refreshed(live).next_cycle_at == next_cycle_at
    # A contact's opportunities are a call more.
    assert sum(sandbox.calls().values()) - calls <= 10
    assert advance(now=next_cycle_at)
    assert people_here() == expected_people(sandbox)


def test_more_than_300_changes_come_in_batches(live, sandbox):
    for marketo_id in (ids := list(people_here())[:20]):
        sandbox.change_lead(marketo_id, title="Moved")
    mark_dirty(marketo_ids=range(1, 700), now=timezone.now())
    run = cycle()
    assert run.written == len(ids)
    assert people_here() == expected_people(sandbox)


def test_synced_until_is_before_the_feeds_were_read(live, sandbox):
    before = timezone.now()
    cycle()
    assert before - timedelta(seconds=5) < refreshed(live).synced_until <= timezone.now()


def test_a_lead_marked_again_while_it_is_read_stays_on_the_list(live, sandbox):
    now = timezone.now()
    mark_dirty(marketo_ids=[1, 2], now=now)
    read = next_dirty(300)
    mark_dirty(marketo_ids=[2], now=now - timedelta(minutes=5))
    forget(read)
    assert list(DirtyLead.objects.values_list("pk", flat=True)) == [2]


def test_after_two_weeks_without_the_feed_of_deletions_everybody_is_compared(live):
    old = timezone.now() - timedelta(days=20)
    FeedCursor.objects.update(watermark=old)
    cycle()
    assert refreshed(live).next_reconcile_at <= timezone.now()
