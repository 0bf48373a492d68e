"""How fast the tracking addresses answer: one gunicorn worker, real HTTP over kept connections."""

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import quantiles

from django.db import connection

from activities.emails.models import Email, EmailLink, TrackingHit
from activities.emails.tracking.addresses import click_url, pixel_url
from activities.emails.tracking.judging import judge_hits
from activities.emails.tracking.verdicts import SCANNER_WINDOW
from admin_config.models import User
from people.models import Person
from syncing.people_sync.load import merge_people
from tests.bench.report import heading, row, verdict
from tests.bench.vocabulary import person_rows

EMAILS = 500
READERS = 8
REQUESTS = 6_000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def bench_tracking() -> None:
    heading(f"Tracking addresses: one worker, {READERS} readers, {REQUESTS:,} requests each kind")
    emails = make_emails()
    with running_worker() as port:
        addresses = {
            "health, for comparison": ["/health/"],
            "pixel": [pixel_url(email=email, base="") for email in emails],
            "click": [click_url(link=link, base="") for link in EmailLink.objects.all()],
        }
        rates = {}
        for name, paths in addresses.items():
            load(port, paths, REQUESTS // 10)
            rates[name] = measure(name, port, paths)
    health = rates.pop("health, for comparison")
    for name, rate in rates.items():
        row(f"{name} : health", f"{rate / health:.2f}")
    bench_judging()


def make_emails() -> list[Email]:
    now = datetime.now(UTC)
    merge_people(next(person_rows(EMAILS, batch_size=EMAILS)), now=now)
    sender = User.objects.create_user("tracking@example.com", "Bench-1234")
    emails = Email.objects.bulk_create(
        Email(
            sender=sender,
            person=person,
            sent_subject="Bench",
            state=Email.State.SENT,
            message_id=f"{person.pk}@bench.example.com",
            sent_at=now,
            created_at=now,
            updated_at=now,
        )
        for person in Person.objects.order_by("pk")[:EMAILS]
    )
    EmailLink.objects.bulk_create(
        EmailLink(email=email, position=1, url="https://www.example.com/offer?a=1")
        for email in emails
    )
    return emails


@contextmanager
def running_worker():
    """The app as in production, in one process; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "actions_app.wsgi", f"--bind=127.0.0.1:{port}"]
    options = ["--config=actions_app/gunicorn_settings.py", "--workers=1", "--log-level=error"]
    process = subprocess.Popen(
        command + options,
        env={**os.environ, "LOG_LEVEL": "INFO"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn did not start.")


def measure(name: str, port: int, paths: list[str]) -> float:
    """Requests a second."""
    started = time.perf_counter()
    times = load(port, paths, REQUESTS)
    rate = REQUESTS / (time.perf_counter() - started)
    p95 = quantiles(times, n=20)[-1] * 1000
    row(name, f"{rate:>7,.0f} requests/s, p95 {p95:.1f} ms")
    if name in {"pixel", "click"}:
        verdict("at least 500/s with p95 of at most 50 ms", is_met=rate >= 500 and p95 <= 50)
    return rate


def load(port: int, paths: list[str], requests: int) -> list[float]:
    """What each request took."""
    chance = random.Random(1)
    times: list[float] = []
    shares = [chance.choices(paths, k=requests // READERS) for _ in range(READERS)]
    readers = [threading.Thread(target=read, args=(port, share, times)) for share in shares]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return times


def read(port: int, paths: list[str], times: list[float]) -> None:
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in paths:
        started = time.perf_counter()
        server.request("GET", path, headers={"User-Agent": BROWSER})
        response = server.getresponse()
        response.read()
        times.append(time.perf_counter() - started)
        if response.status not in {200, 302}:
            raise SystemExit(f"{path} answered {response.status}")
    server.close()


def bench_judging() -> None:
    """All those hits, judged by one worker."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE emails_trackinghit")
    hits = TrackingHit.objects.filter(verdict=TrackingHit.Verdict.PENDING).count()
    started = time.perf_counter()
    judged = judge_hits(now=datetime.now(UTC) + SCANNER_WINDOW)
    seconds = time.perf_counter() - started
    row("judged", f"{judged:,} of {hits:,} hits in {seconds:.1f} s = {judged / seconds:,.0f}/s")
