import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from people.models import Person
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.engine import advance

pytestmark = pytest.mark.django_db


def post(client, name, *args):
    return client.post(reverse(f"settings:marketo-{name}", args=args), follow=True)


def fragment(client):
    response = client.get(reverse("settings:marketo-progress"), headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    return response.content.decode()


def test_sync_is_off_until_started_and_leads_to_the_preview(page, connection):
    text = page()

    assert "starts when you say so" in text
    assert reverse("settings:marketo-preview") in text
    assert not SyncRun.objects.exists()


def test_preview_shows_the_13_fields_with_api_name_type_and_presence(admin_client, connection):
    response = admin_client.get(reverse("settings:marketo-preview"))

    text = response.content.decode()
    assert len(response.context["fields"]) == 13
    assert "sfdcContactId" in text
    assert "A queue is not an owner." in text
    assert not SyncRun.objects.exists()


def test_preview_names_a_field_that_this_marketo_lacks(admin_client, connection):
    MarketoConnection.objects.update(linkedin_field="noSuchField")

    text = admin_client.get(reverse("settings:marketo-preview")).content.decode()

    assert "noSuchField" in text
    assert "No, stays empty" in text


def test_estimate_gives_people_calls_time_and_strategy(admin_client, connection):
    response = admin_client.get(reverse("settings:marketo-estimate"))

    estimate = response.context["estimate"]
    assert estimate.people > 0
    assert "about" in response.content.decode()
    assert str(response.context["strategy"]) in response.content.decode()


def test_estimate_that_fails_says_why_and_does_not_stop_the_start(
    admin_client, sandbox, connection
):
    sandbox.add_fault("error", "/rest/v1/leads.json", code="603", times=0)
    sandbox.add_fault("error", "/rest/v1/leads/describe2.json", code="603", times=0)

    text = admin_client.get(reverse("settings:marketo-estimate")).content.decode()

    assert "No estimate:" in text
    assert "Marketo code 603" in text


def test_start_belongs_to_the_instance_and_is_audited(admin_client, admin, connection):
    text = post(admin_client, "start").content.decode()

    assert "The sync has started." in text
    run = SyncRun.objects.get()
    assert run.kind == "INITIAL"
    assert AuditEvent.objects.get().action == "SYNC_STARTED"
    admin.delete()
    run.refresh_from_db()
    assert run.is_open


def test_starting_twice_makes_one_run(admin_client, connection):
    post(admin_client, "start")
    post(admin_client, "start")

    assert SyncRun.objects.count() == 1


def test_progress_shows_every_number_and_survives_a_reload(admin_client, page, run):
    SyncRun.objects.update(
        total=12_000,
        read=6_000,
        kept=4_500,
        progress=0.5,
        busy_seconds=30,
        skipped={"NO_OWNER": 1_400, "QUEUE_OWNER": 100},
        api_calls=42,
        bytes_downloaded=3 * 1024 * 1024,
        problem_count=7,
    )

    for text in (fragment(admin_client), page()):
        for number in (
            "6,000",
            "of about 12,000",
            "4,500",
            "50 %",
            "200",
            "30 s",
            "42",
            "3.0\xa0MB",
            "No sales owner: 1,400",
        ):
            assert number in text
        assert f"{reverse('settings:marketo-run', args=[run.pk])}#problems" in text


def test_everything_that_shows_the_progress_is_renewed_together(admin_client, run):
    SyncRun.objects.update(read=6_300, progress=0.54)

    text = fragment(admin_client)

    assert 'hx-select-oob="#runs,#connection-state,#sync-status"' in text
    assert text.count("6,300") == 2
    assert text.count('id="connection-state"') == 1
    assert "54 %" in text[: text.index('id="runs"')]
    assert "Full sync: 54 %" in text[text.index('id="sync-status"') :]


def test_list_with_idle_runs_stays_so_when_it_is_renewed(admin_client, connection):
    run = SyncRun.objects.create(
        kind="INCREMENTAL", state="SUCCEEDED", started_at=timezone.now(), finished_at=timezone.now()
    )
    link = reverse("settings:marketo-run", args=[run.pk])
    renewal = reverse("settings:marketo-progress") + "?runs=all"

    page = admin_client.get(reverse("settings:marketo"), {"runs": "all"}).content.decode()

    assert f'hx-get="{renewal}"' in page
    assert link in admin_client.get(renewal).content.decode()
    assert link not in fragment(admin_client)


def test_progress_asks_often_while_running_and_seldom_otherwise(admin_client, connection, run):
    assert "every 2s" in fragment(admin_client)

    SyncRun.objects.update(state="SUCCEEDED", finished_at=timezone.now())

    assert "every 15s" in fragment(admin_client)


def test_numbers_follow_the_language(admin_client, admin, run):
    SyncRun.objects.update(read=6_000)
    admin.language = "de"
    admin.save()

    assert "6.000" in fragment(admin_client)


def test_pause_and_resume(admin_client, run):
    assert "Resume" in post(admin_client, "pause").content.decode()
    run.refresh_from_db()
    assert run.state == "PAUSED"

    assert "Pause" in post(admin_client, "resume").content.decode()

    run.refresh_from_db()
    assert run.state == "RUNNING"
    actions = AuditEvent.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["SYNC_PAUSED", "SYNC_RESUMED"]


def test_cancel_asks_first(admin_client, page, run):
    url = reverse("settings:marketo-cancel", args=[run.pk])
    assert f'href="{url}"' in page()

    text = admin_client.get(url).content.decode()

    assert "Cancel this run?" in text
    run.refresh_from_db()
    assert run.state == "RUNNING"


def full_run(state, *, days_ago):
    started_at = timezone.now() - timedelta(days=days_ago)
    return SyncRun.objects.create(
        kind="INITIAL", state=state, kept=12_035, started_at=started_at, finished_at=started_at
    )


def test_a_cancelled_run_leaves_the_last_good_one_in_sight(page, connection):
    MarketoConnection.objects.update(sync_state="LIVE")
    full_run("SUCCEEDED", days_ago=3)
    full_run("CANCELLED", days_ago=2)

    assert "Initial sync: 12,035 people" in page()


def test_everybody_is_read_for_the_first_time_only_once(admin_client, page, connection):
    MarketoConnection.objects.update(sync_state="LIVE")
    full_run("CANCELLED", days_ago=5)
    full_run("SUCCEEDED", days_ago=4)
    assert "Full sync:" not in page()
    again = full_run("SUCCEEDED", days_ago=3)

    text = page()

    assert "Full sync: 12,035 people" in text
    assert text.count(">Initial sync</a>") == 2
    assert text.count(">Full sync</a>") == 1
    own_page = admin_client.get(reverse("settings:marketo-run", args=[again.pk]))
    assert "<h1>Full sync</h1>" in own_page.content.decode()


def test_cancel_ends_the_run(admin_client, run):
    response = post(admin_client, "cancel", run.pk)

    assert "What it has written stays." in response.content.decode()
    run.refresh_from_db()
    assert run.state == "CANCELLED"


def test_sync_now_asks_for_a_cycle(admin_client, connection):
    later = timezone.now() + timedelta(hours=1)
    MarketoConnection.objects.update(sync_state="LIVE", next_cycle_at=later)

    post(admin_client, "sync-now")

    connection.refresh_from_db()
    assert connection.next_cycle_at < later


TAG = re.compile(r'<span class="tag[^"]*">.*?</svg>([^<]*)</span>', re.DOTALL)


def fail_cycle():
    SyncRun.objects.create(
        kind="INCREMENTAL",
        state="WAITING",
        started_at=timezone.now(),
        resume_at=timezone.now() + timedelta(minutes=1),
        error="Marketo is not available.",
        error_code="502",
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [("PAUSED_UNTIL", "Waiting for the daily quota"), ("NEEDS_ATTENTION", "Needs attention")],
)
def test_sync_that_waits_for_something_is_not_called_live(admin_client, connection, state, words):
    MarketoConnection.objects.update(sync_state="LIVE", state=state)
    assert TAG.findall(fragment(admin_client))[0] == words

    text = post(admin_client, "sync-now").content.decode()

    assert f"{words}: the latest changes are fetched after that." in text
    assert "are being fetched" not in text


def test_sync_that_was_interrupted_is_not_called_live(admin_client, connection):
    MarketoConnection.objects.update(sync_state="LIVE")
    assert TAG.findall(fragment(admin_client))[0] == "Live"
    fail_cycle()
    assert TAG.findall(fragment(admin_client))[0] == "Interrupted"

    text = post(admin_client, "sync-now").content.decode()

    assert "fetched when the sync goes on" in text
    assert "are being fetched" not in text


def test_run_is_not_called_running_while_the_connection_waits(page, connection):
    MarketoConnection.objects.update(sync_state="LIVE", state="PAUSED_UNTIL")
    SyncRun.objects.create(kind="INCREMENTAL", started_at=timezone.now())

    assert "Running" not in TAG.findall(page())


def test_lag_is_told_in_the_readers_time(page, connection, admin):
    admin.time_zone = "Europe/Berlin"
    admin.save()
    until = datetime(2026, 3, 1, 13, 2, 10, tzinfo=UTC)
    MarketoConnection.objects.update(sync_state="LIVE", synced_until=until)

    assert "Changes up to 14:02:10 on March 1, 2026 are in." in page()


@pytest.mark.parametrize(("lag", "words"), [(60, "Live"), (181, "Behind")])
def test_sync_is_called_live_only_while_it_keeps_up(admin_client, connection, lag, words):
    until = timezone.now() - timedelta(seconds=lag)
    MarketoConnection.objects.update(sync_state="LIVE", synced_until=until)

    assert TAG.findall(fragment(admin_client))[0] == words


def test_failed_run_says_why_and_offers_the_next_step(page, run):
    SyncRun.objects.update(
        state="FAILED", error="The export is gone.", error_code="610", finished_at=timezone.now()
    )

    text = page()

    assert "The export is gone." in text
    assert "Marketo code 610" in text
    assert "Start it again" in text


def test_waiting_run_says_until_when(page, run):
    resume_at = datetime(2026, 3, 1, 13, 2, 10, tzinfo=UTC)
    SyncRun.objects.update(state="WAITING", resume_at=resume_at)

    assert "Waiting until 13:02:10." in page()


@pytest.mark.parametrize("kind", ["INITIAL", "INCREMENTAL"])
def test_setback_says_why_when_it_goes_on_and_can_be_cut_short(
    admin_client, page, connection, kind
):
    run = SyncRun.objects.create(
        kind=kind,
        state="WAITING",
        started_at=timezone.now(),
        resume_at=datetime(2026, 3, 1, 13, 2, 10, tzinfo=UTC),
        error="Marketo cannot be reached.",
        error_code="611",
    )
    text = page()
    assert "Marketo cannot be reached." in text
    assert "Marketo code 611" in text
    assert "goes on by itself at 13:02:10" in text
    assert "Try again now" in text

    post(admin_client, "retry")

    run.refresh_from_db()
    assert run.resume_at is None


def test_waiting_for_the_quota_is_no_fault_of_anybody(page, connection):
    MarketoConnection.objects.update(
        state="PAUSED_UNTIL",
        state_reason="The daily quota is used up.",
        paused_until=datetime(2026, 3, 2, 6, tzinfo=UTC),
    )

    text = page()

    assert "The daily quota is used up." in text
    assert "tried again by itself at 06:00" in text
    assert "Change the daily cap" in text


@pytest.mark.django_db(transaction=True)
def test_whole_way_from_start_to_people_and_a_run_in_the_list(admin_client, page, connection):
    post(admin_client, "start")

    for _ in range(200):
        advance(now=timezone.now())
        if SyncRun.objects.get(kind="INITIAL").state == "SUCCEEDED":
            break

    assert Person.objects.active().count() > 0
    text = page()
    assert "Live" in text
    assert "Succeeded" in text


def test_cycles_that_found_nothing_are_left_out_of_the_list_unless_asked_for(
    admin_client, connection
):
    def shown(**query):
        return len(admin_client.get(reverse("settings:marketo"), query).context["runs"])

    for read in (0, 0, 3):
        SyncRun.objects.create(
            kind="INCREMENTAL", state="SUCCEEDED", read=read, started_at=timezone.now()
        )

    assert shown() == 1
    assert shown(runs="all") == 3


def test_skipped_people_are_counted_in_the_list_and_explained_on_the_run(
    admin_client, page, connection
):
    run = SyncRun.objects.create(
        kind="INITIAL", state="SUCCEEDED", read=13_090, started_at=timezone.now(),
        skipped={"NO_OWNER": 1_000, "QUEUE_OWNER": 55},
    )  # fmt: skip

    runs = page().partition('id="runs"')[2]
    assert ">Skipped</th>" in runs
    assert '<td class="number">1,055</td>' in runs

    details = admin_client.get(reverse("settings:marketo-run", args=[run.pk])).content.decode()
    assert "Owned by a queue, not by a user</dt><dd>55</dd>" in details


def test_top_bar_tells_users_the_state_too(seller_client, connection):
    response = seller_client.get(reverse("settings:sync-status"))

    assert "Sync is off" in response.content.decode()
    assert "<html" not in response.content.decode()
