"""How long a cycle of the reminder sync takes, and how many calls, where much has changed."""

import time
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.utils import timezone

from activities.reminders.models import Reminder
from activities.reminders.services import edit_reminder
from syncing.reminder_sync.context import chunks
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import ReminderLink
from syncing.salesforce_connections.calling import client_for
from syncing.salesforce_connections.connecting import (
    begin_connect,
    connect_new_app,
    finish_connect,
)
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.services import change_settings
from syncing.sandbox.testing import running_sandbox
from tests.bench.load import empty_tables
from tests.bench.report import heading, row, verdict

CALLBACK = "http://127.0.0.1/settings/salesforce/callback/"
TASKS_A_CALL = 200


def bench_reminders(users: int = 50, linked: int = 20_000, changed: int = 500) -> None:
    heading(
        f"Reminders of {users} users: {linked:,} with their tasks, {changed} changed on each side"
    )
    empty_tables()
    cache.clear()
    with running_sandbox(people=100, limits=False) as sandbox:
        salesforce = sandbox.salesforce
        sellers = connected_sellers(salesforce, users)
        add_tasks(sellers, linked)
        change_settings(changes={"sync_reminders": True}, by=None, now=timezone.now())
        seconds, cycle = timed_cycle()
        row("first import", f"{linked:,} in {seconds:.1f} s, {cycle.tally['calls']} calls")
        verdict("each linked", is_met=ReminderLink.objects.filter(state="LINKED").count() == linked)

        # Once an hour it is asked what each seller may set in a task.
        change_here(changed, "Ring")
        _, cycle = timed_cycle()
        row("first edits of all sellers", f"{cycle.tally['calls']} calls")

        # What was written a moment ago is read once more; by then that is long past.
        sandbox.advance_clock(600)
        timed_cycle()
        change_there(salesforce, changed)
        change_here(changed, "Write")
        seconds, cycle = timed_cycle()
        row("the cycle", f"{seconds:.2f} s, {cycle.tally['calls']} calls")
        verdict("at most 10 s", is_met=seconds <= 10)
        verdict("at most 60 calls", is_met=cycle.tally["calls"] <= 60)
        done = (cycle.tally["changed_here"], cycle.tally["changed_there"])
        verdict("each change made on the other side", is_met=done == (changed, changed))

        seconds, cycle = timed_cycle()
        row("a cycle without changes", f"{seconds:.2f} s, {cycle.tally['calls']} calls")


def connected_sellers(salesforce, count: int) -> list:
    """Users of both sides, each with a connection of their own beside the main one."""
    salesforce.add_field(KEY.name, type="Text", length=64, externalId=True, unique=True)
    now = timezone.now()
    connect_new_app(
        login_url=salesforce.base_url,
        client_id=salesforce.client_id,
        client_secret=salesforce.client_secret,
        now=now,
    )
    sellers = []
    for number in range(count):
        email = f"bench{number}@example.com"
        user, _ = get_user_model().objects.get_or_create(email=email)
        user.salesforce_user_id = salesforce.create_user("Bench", str(number), email)
        user.save()
        url, handshake = begin_connect(redirect_uri=CALLBACK)
        (code,) = parse_qs(urlsplit(salesforce.decide(url, user=email)).query)["code"]
        finish_connect(
            user=user, code=code, verifier=handshake.verifier, redirect_uri=CALLBACK, now=now
        )
        sellers.append(user)
    return sellers


def add_tasks(sellers: list, count: int) -> None:
    tasks = [
        {
            "Subject": f"Call back {number}",
            "OwnerId": sellers[number % len(sellers)].salesforce_user_id,
            "ActivityDate": "2031-01-02",
        }
        for number in range(count)
    ]
    with client_for(user=None, now=timezone.now()) as client:
        for chunk in chunks(tasks, TASKS_A_CALL):
            client.create("Task", chunk)


def change_there(salesforce, count: int) -> None:
    """The first ones."""
    links = ReminderLink.objects.order_by("pk")[:count]
    with client_for(user=None, now=timezone.now()) as client:
        for chunk in chunks(links, TASKS_A_CALL):
            client.update("Task", [{"Id": one.task_id, "Description": "Soon"} for one in chunk])


def change_here(count: int, verb: str) -> None:
    """The last ones."""
    for reminder in Reminder.objects.order_by("-pk")[:count]:
        edit_reminder(reminder=reminder, subject=f"{verb} {reminder.pk}", now=timezone.now())


def timed_cycle() -> tuple:
    started = time.perf_counter()
    cycle = sync(now=timezone.now(), polls=True)
    return time.perf_counter() - started, cycle
