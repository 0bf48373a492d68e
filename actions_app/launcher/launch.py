"""One start of the whole app: servers, schema, web server first, everything else behind it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from actions_app.launcher import app_programs, programs
from actions_app.launcher.app_programs import SandboxPorts
from actions_app.launcher.demo_users import DEMO_USERS
from actions_app.launcher.leftovers import end_leftovers
from actions_app.launcher.logs import open_log
from actions_app.launcher.ports import first_free_port
from actions_app.launcher.programs import Program, ProgramFailed
from actions_app.launcher.servers import plan_servers
from actions_app.launcher.supervisor import Supervisor
from actions_app.launcher.workspace import ROOT, SECRETS, load_secrets, write_environment


def say(text: str) -> None:
    """Print, unless the terminal has gone: the programs must be looked after all the same."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


class Launch:
    def __init__(self, data: Path, *, port: int, with_sandbox: bool) -> None:
        self._data = data
        self._wanted_port = port
        self._with_sandbox = with_sandbox
        self._logs = data / "logs"
        self._record = data / "processes.json"
        self.supervisor = Supervisor(logs=self._logs, record=self._record, say=say)

    def start(self) -> None:
        """Return when the app answers and its workers are under way; all of it is supervised."""
        self._logs.mkdir(mode=0o700, exist_ok=True)
        if ended := end_leftovers(self._record):
            say(f"Ended {ended} programs that an earlier, killed start had left behind.")
        port = first_free_port(self._wanted_port)
        if port != self._wanted_port:
            say(f"Port {self._wanted_port} is taken, using {port}.")
        sandbox = SandboxPorts.free() if self._with_sandbox else None
        self._start_servers(public_url=f"http://localhost:{port}", sandbox=sandbox)
        self._manage("migrate", "--verbosity=0", "--skip-checks")
        web = self.supervisor.start(app_programs.web(port))
        self.supervisor.wait_until_ready(web)
        self._manage("prepare_demo")
        self._start_workers()
        self._print_welcome(f"http://localhost:{port}")
        if sandbox:
            try:
                self._start_sandbox(sandbox)
            except ProgramFailed as error:
                say(f"The app runs on without its sandbox. {error}")

    def _start_servers(self, *, public_url: str, sandbox: SandboxPorts | None) -> None:
        servers = plan_servers(self._data, durable=True)
        keys = load_secrets(SECRETS)
        values = servers.environment | {
            "DJANGO_SETTINGS_MODULE": "actions_app.settings.development",
            "SECRET_KEY": os.environ.get("SECRET_KEY", keys.secret_key),
            "CREDENTIALS_KEYS": os.environ.get("CREDENTIALS_KEYS", keys.credentials_keys),
            "PUBLIC_URL": os.environ.get("PUBLIC_URL", public_url),
            # A local Marketo makes its exports in a moment.
            "MARKETO_EXPORT_POLL_SECONDS": "1",
        }
        if sandbox:
            # Mail of the app itself lands in the sandbox too.
            local_mail = f"smtp://127.0.0.1:{sandbox.smtp}"
            values["EMAIL_URL"] = os.environ.get("EMAIL_URL", local_mail)
            values["SANDBOX_CALLS_URL"] = sandbox.url
        if servers.programs:
            values["ACTIONS_EMBEDDED_SERVERS"] = "1"
        write_environment(self._data / "run.env", values)
        for child in [self.supervisor.start(program) for program in servers.programs]:
            self.supervisor.wait_until_ready(child)

    def _manage(self, *arguments: str) -> None:
        """Run a management command to its end."""
        command = (sys.executable, str(ROOT / "manage.py"), *arguments)
        programs.run(Program(arguments[0], command), open_log(self._logs, arguments[0]))

    def _start_workers(self) -> None:
        for program in (*app_programs.workers(), app_programs.beat(self._data)):
            self.supervisor.start(program)

    def _start_sandbox(self, ports: SandboxPorts) -> None:
        say("  The sandbox is starting; its addresses come here in a moment.")
        child = self.supervisor.start(app_programs.sandbox(ports, self._data))
        self.supervisor.wait_until_ready(child)
        self._manage("prepare_demo", "--sandbox", ports.url)
        say(f"  The sandbox, a local Marketo, is at {ports.url}/")
        say(f"  Everybody's mail, and playing prospects: {ports.url}/mail")
        say(f"  Its Salesforce, and playing colleagues there: {ports.url}/salesforce\n")

    def _print_welcome(self, url: str) -> None:
        passwords = load_secrets(SECRETS).passwords
        say(f"\nActions runs at {url}\n")
        for user in DEMO_USERS:
            say(f"  {user.role.lower():<7}{user.email:<20}{passwords[user.email]}")
        say(f"\n  People sync: {url}/settings/marketo/")
        say(f"  Logs: {self._logs.relative_to(ROOT)}/   Ctrl-C stops everything.\n")
