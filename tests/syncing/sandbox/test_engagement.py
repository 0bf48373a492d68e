from collections import Counter
from datetime import UTC, datetime, timedelta

from syncing.sandbox import OWNERS

TYPES = (1, 2, 6, 8, 10, 11, 46)


def engagement(api):
    types = ",".join(map(str, TYPES))
    return api.feed("", api.feed_token(), activityTypeIds=types)[0]


def attributes(row):
    return {item["name"]: item["value"] for item in row["attributes"]}


def test_the_sellers_people_read_emails_visit_pages_and_have_moments(sandbox, api):
    rows = engagement(api)
    leads = sandbox.leads()
    sellers = {owner.salesforce_id for owner in OWNERS[:2]}
    of_sellers = [lead for lead in leads.values() if lead["sfdcLeadOwnerId"] in sellers]
    engaged = {row["leadId"] for row in rows}
    assert sum(lead["id"] in engaged for lead in of_sellers) > len(of_sellers) / 3
    assert all((leads[lead]["sfdcLeadOwnerId"] or "").startswith("005") for lead in engaged)
    counts = Counter(row["activityTypeId"] for row in rows)
    assert min(counts[kind] for kind in (1, 6, 10, 46)) > 10


def test_engagement_carries_what_marketos_own_does(sandbox, api):
    by_type = {row["activityTypeId"]: row for row in engagement(api)}
    assert "." in by_type[1]["primaryAttributeValue"]
    assert attributes(by_type[1])["Webpage URL"].startswith("/")
    assert by_type[6]["primaryAttributeValueId"]
    assert "Is Bot Activity" in attributes(by_type[10])
    assert attributes(by_type[11])["Link"].startswith("https://")
    assert {"Type", "Source", "Description"} <= attributes(by_type[46]).keys()


def test_nothing_lies_in_the_future_or_before_the_log_begins(sandbox, api):
    moments = [datetime.fromisoformat(row["activityDate"]) for row in engagement(api)]
    now = datetime.now(UTC)
    assert now - timedelta(days=90) < min(moments)
    assert max(moments) < now + timedelta(minutes=1)
    assert moments == sorted(moments)


def test_the_same_seed_makes_the_same_engagement(sandbox, api):
    first = Counter((row["leadId"], row["activityTypeId"]) for row in engagement(api))
    sandbox.reset()
    api.sign_in()
    assert Counter((row["leadId"], row["activityTypeId"]) for row in engagement(api)) == first
