"""The whole app for real: gunicorn, Celery, the sandbox, and Chromium in front of them."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
import redis
from playwright.sync_api import expect, sync_playwright

from actions_app.launcher import app_programs
from actions_app.launcher.ports import first_free_port
from actions_app.launcher.programs import start, stop, wait_until_ready
from syncing.sandbox.testing import running_sandbox
from tests.servers import nth_redis_database

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
PASSWORD = "Rail-Signal-9"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# Programs and browser share few cores with the rest of the suite.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# What workers bring takes sweeps, and retries.
PATIENCE_SECONDS = 240


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put the stories back into their own order after the shuffle."""
    folder = Path(__file__).parent
    places = [place for place, item in enumerate(items) if folder in item.path.parents]
    stories = sorted((items[place] for place in places), key=lambda item: item.reportinfo()[:2])
    for place, item in zip(places, stories, strict=True):
        items[place] = item


@dataclass(frozen=True)
class App:
    url: str
    sandbox: object
    environment: dict

    def manage(self, *arguments, **environment):
        """Run a management command and return what it printed."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment, **environment},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout


@contextmanager
def running_app(folder, *, queues=(), people=0):
    """A workspace with one admin, not connected to anything; one at a time in this process."""
    port = free_port()
    with ExitStack() as stack:
        environment = {
            "DJANGO_SETTINGS_MODULE": "actions_app.settings.development",
            "DATABASE_URL": stack.enter_context(fresh_database()),
            "REDIS_URL": fresh_redis_database(),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "MARKETO_EXPORT_POLL_SECONDS": "1",
        }
        sandbox = stack.enter_context(running_sandbox(people=people, seed=7))
        app = App(f"http://127.0.0.1:{port}", sandbox, environment)
        app.manage("migrate", "--verbosity=0")
        app.manage(
            "createsuperuser",
            "--noinput",
            "--email=admin@example.com",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )
        stack.enter_context(running_programs(folder, environment, port, queues))
        yield app


def free_port():
    """One of this process's ten, below those that the system gives out: it is taken only later."""
    return first_free_port(20_000 + os.getpid() * 10 % 10_000)


def fresh_redis_database():
    """Out of reach of the fixture that empties the tests' cache, and of the other processes."""
    url = nth_redis_database(os.environ["REDIS_URL"], 100)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@contextmanager
def fresh_database():
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"actions_e2e_{os.getpid()}"
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(url._replace(path=f"/{name}"))
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


@contextmanager
def running_programs(folder, environment, port, queues):
    wanted = {f"worker-{queue}" for queue in queues}
    workers = [worker for worker in app_programs.workers() if worker.name in wanted]
    programs = [app_programs.web(port), *workers, app_programs.beat(folder)]
    running = []
    try:
        # Theirs alone: the next test of this process starts programs of its own.
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            for program in programs:
                log = folder / f"{program.name}.log"
                running.append((program, start(program, log)))
                wait_until_ready(*running[-1], log)
        yield
    finally:
        stop(running)


# Not for the whole session: as long as Playwright runs, Django refuses other tests the database.
@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(app, browser):
    """A new tab that fails the test on any script error or breach of the security policy."""
    context = browser.new_context(base_url=app.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def admin_page(page):
    sign_in(page, "admin@example.com")
    return page


def sign_in(page, email, password=PASSWORD):
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/people/**")


def sign_out(page):
    """Leave first: a page that looks for news would see that it is signed out, and reload."""
    page.goto("about:blank")
    page.context.clear_cookies()


def assert_accessible(page):
    """Run axe over the page as it stands; report each fault with where it is."""
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run().then(result => result.violations)")
    assert [
        f"{violation['id']}: {node['target']}"
        for violation in violations
        for node in violation["nodes"]
    ] == []


def wait_for(condition, *, seconds=PATIENCE_SECONDS):
    """Return the first true answer of `condition`, asked twice a second."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.5)
    raise AssertionError("It did not happen in time.")
