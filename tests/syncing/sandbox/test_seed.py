from collections import Counter

import pytest

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo.salesforce_ids import ALPHABET, checksum
from syncing.sandbox.testing import running_sandbox

PEOPLE = 5000


@pytest.fixture(scope="module")
def leads():
    with running_sandbox(people=PEOPLE) as sandbox:
        return sandbox.leads()


def share(leads, condition):
    return sum(bool(condition(lead)) for lead in leads.values()) / len(leads)


def test_there_are_as_many_people_as_asked_for_with_gaps_between(leads):
    assert len(leads) == PEOPLE
    assert PEOPLE / max(leads) == pytest.approx(0.7, abs=0.03)


def test_ids_begin_where_they_are_told_to(sandbox):
    sandbox.reset(people=20, first_id=5_000_000)
    ids = sorted(sandbox.leads())
    assert len(ids) == 20
    assert ids[0] >= 5_000_000
    assert sandbox.create_lead(lastName="Next") == ids[-1] + 1


def test_an_instance_may_be_empty(sandbox):
    sandbox.reset(people=0, first_id=5_000_000)
    assert sandbox.leads() == {}
    assert sandbox.create_lead(lastName="First", sfdcType="Contact") == 5_000_000


def test_the_same_seed_makes_the_same_people_and_another_makes_others(sandbox):
    first = sandbox.leads()
    sandbox.reset(seed=1)
    assert sandbox.leads() == first
    sandbox.reset(seed=2)
    assert sandbox.leads() != first


def test_sixty_percent_have_a_user_as_owner_and_some_a_queue(leads):
    owners = {owner.salesforce_id for owner in OWNERS}
    assert share(leads, lambda lead: lead["sfdcLeadOwnerId"] in owners) == pytest.approx(
        0.6, abs=0.03
    )
    queued = share(leads, lambda lead: (lead["sfdcLeadOwnerId"] or "").startswith("00G"))
    assert queued == pytest.approx(0.05, abs=0.02)


def test_both_demo_sellers_own_a_visible_share(leads):
    owned = Counter(lead["sfdcLeadOwnerId"] for lead in leads.values())
    assert all(owned[owner.salesforce_id] > PEOPLE * 0.07 for owner in OWNERS[:2])
    assert len(OWNERS) == 12


def test_some_people_are_known_to_marketo_only(leads):
    strangers = [lead for lead in leads.values() if lead["sfdcType"] is None]
    assert 0.15 < len(strangers) / PEOPLE < 0.25
    assert not any(lead["sfdcLeadOwnerId"] or lead["sfdcLeadId"] for lead in strangers)


def test_contacts_have_an_account_and_leads_have_none(leads):
    for lead in leads.values():
        is_contact = lead["sfdcType"] == "Contact"
        assert bool(lead["sfdcContactId"]) == is_contact
        assert bool(lead["sfdcAccountId"]) == (is_contact and lead["company"] is not None)


def test_salesforce_ids_are_valid_and_unique(leads):
    for field, prefix in (("sfdcLeadId", "00Q"), ("sfdcContactId", "003")):
        ids = [lead[field] for lead in leads.values() if lead[field]]
        assert len(set(ids)) == len(ids)
        for one in ids:
            assert one.startswith(prefix)
            assert set(one) <= set(ALPHABET)
            assert one[15:] == checksum(one[:15])


def test_owner_ids_are_valid():
    for owner in OWNERS:
        assert owner.salesforce_id[15:] == checksum(owner.salesforce_id[:15])


def test_some_share_an_email_and_some_have_none(leads):
    emails = Counter(lead["email"] for lead in leads.values())
    assert 0.02 < emails.pop(None) / PEOPLE < 0.06
    repeated = sum(count - 1 for count in emails.values())
    assert 0.01 < repeated / PEOPLE < 0.04
    assert all(email.isascii() for email in emails)


def test_names_are_of_many_scripts_and_titles_varied(leads):
    last_names = {lead["lastName"] for lead in leads.values()}
    for letter in "üøłş田王김Шα":
        assert any(letter in name for name in last_names), letter
    assert any("\u0590" <= letter <= "\u06ff" for name in last_names for letter in name)
    assert len({lead["title"] for lead in leads.values()}) > 2500
    assert any("🚀" in (lead["title"] or "") for lead in leads.values())


def test_dates_are_in_order_and_in_the_past(leads):
    for lead in leads.values():
        assert lead["createdAt"] <= lead["updatedAt"]
    created = [leads[lead_id]["createdAt"] for lead_id in sorted(leads)]
    assert created == sorted(created)
