"""How much work a page makes for the database, measured by what its queries really touched."""

import itertools
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people.engagement import COUNTERS
from people.models import Person, PersonEngagement, Unsubscribe
from people.sorting import KEYS
from syncing.people_sync.load import merge_people
from syncing.people_sync.removals import merge_losers
from tests.factories import person_row

PEOPLE = 30_000
MAX_QUERIES = 12
# The orders by the other counters are alike.
SORTS = ["", *(KEYS.keys() - COUNTERS), "calls"]
# A page counts up to 10,000 people and looks at some thousand more; never at all of them.
MAX_ROWS_VISITED = 20_000

FILTERS = [
    "",
    "q=common",
    "q=rare",
    "q=common+rare",
    "q=zz",
    "q=nobodyhasthis",
    "owner=005000000000003AAA",
    "mine=true",
    "company=acme",
    "title=sales",
    "source=web",
    "type=Lead",
    "has_email=true",
    "has_email=false",
    "has_phone=false",
    "duplicates=true",
    "unsubscribed=true",
    "unsubscribed=false",
    "updated_since=2000-01-01",
    "q=common&owner=005000000000003AAA&type=Lead",
]


@pytest.fixture(autouse=True)
def _work_counts_not_time(monkeypatch):
    """However busy the machine is, a query is measured to its end."""
    monkeypatch.setattr("people.query_plans.TIMEOUT_MS", 10 * 60 * 1000)


@pytest.fixture
def thirty_thousand_people(db):
    merge_people(
        (
            person_row(
                last_name=f"Common {number % 977}" if number % 3 else "Rare" * (number % 500 == 0),
                email=""
                if number % 20 == 0
                else f"p{number // 2 if number % 50 < 2 else -number}@x",
                company="Acme" if number % 40 == 0 else f"Company {number % 3000}",
                title="VP Sales" if number % 7 == 0 else "Buyer",
                phone="" if number % 3 else str(number),
                source=("Web", "Event", "")[number % 3],
                owner_salesforce_id=f"00500000000000{number % 9}AAA",
                sfdc_type="Lead" if number % 4 == 0 else "Contact",
            )
            for number in range(PEOPLE)
        ),
        now=timezone.now(),
    )
    Unsubscribe.objects.bulk_create(
        Unsubscribe(
            person=person, email=person.email, source="MANUAL", unsubscribed_at=timezone.now()
        )
        for person in Person.objects.order_by("pk")[: PEOPLE // 100]
    )
    unsubscribed = Person.objects.order_by("pk")[: PEOPLE // 300]
    others = Person.objects.order_by("-pk")
    merge_losers(
        {
            loser.marketo_id: winner.marketo_id
            for loser, winner in zip(unsubscribed, others, strict=False)
        },
        now=timezone.now(),
    )
    PersonEngagement.objects.bulk_create(
        PersonEngagement(person=person, calls=person.pk % 7, last_activity_at=timezone.now())
        for person in Person.objects.order_by("pk")[: PEOPLE // 10]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plans_of(queries):
    """The plan, as executed, of each query on people, with the settings it was sent with."""
    for query in queries:
        settings, _, sql = query["sql"].rpartition("; ")
        if "people_person" not in sql or not sql.lstrip().startswith(("SELECT", "WITH")):
            continue
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"{settings}; EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            plan = cursor.fetchone()[0]
            yield sql, (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            cursor.cursor.execute("RESET ALL")


def nodes_of(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)


def rows_visited(plan):
    return sum(
        node["Actual Loops"]
        * (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        for node in nodes_of(plan)
        if node.get("Relation Name") == "people_person"
    )


def test_no_list_reads_all_people_or_asks_more_than_twelve_questions(
    thirty_thousand_people, seller_client
):
    seller_client.get("/people/")
    for params, sort in itertools.product(FILTERS, SORTS):
        url = f"/people/?{params}&sort={sort}".replace("&sort=", "" if not sort else "&sort=")
        with CaptureQueriesContext(connection) as queries:
            assert seller_client.get(url).status_code == 200
        assert len(queries) <= MAX_QUERIES, url
        for sql, plan in plans_of(queries.captured_queries):
            assert "Seq Scan" not in {
                node["Node Type"]
                for node in nodes_of(plan)
                if node.get("Relation Name") == "people_person"
            }, (url, sql)
            assert rows_visited(plan) <= MAX_ROWS_VISITED, (url, sql)


def test_deep_pages_and_panels_ask_no_more(thirty_thousand_people, seller_client):
    url = "/people/?sort=last_name"
    for _ in range(5):
        response = seller_client.get(url)
        url = f"/people/?sort=last_name&cursor={response.context['listed'].page.next}"
    panel = f"/people/{response.context['people'][0].pk}/"
    for path in (url, panel):
        with CaptureQueriesContext(connection) as queries:
            assert seller_client.get(path).status_code == 200
        assert len(queries) <= MAX_QUERIES, path
        for sql, plan in plans_of(queries.captured_queries):
            assert rows_visited(plan) <= MAX_ROWS_VISITED, (path, sql)
