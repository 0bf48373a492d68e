import os
import signal
import subprocess
import sys
from contextlib import suppress

import environ
import psutil
import psycopg2
import pytest
import redis

from actions_app.launcher.postgres import postgres
from actions_app.launcher.programs import start, stop, wait_until_ready
from actions_app.launcher.servers import plan_servers, running_servers


def query(url, statement, **changes):
    parts = environ.Env.db_url_config(url)
    parameters = {
        "dbname": parts["NAME"],
        "user": parts["USER"],
        "password": parts["PASSWORD"],
        "host": parts["HOST"],
        "port": parts["PORT"],
    }
    connection = psycopg2.connect(**parameters | changes)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def children():
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_addresses_given_from_outside_are_used_and_nothing_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example.com/actions")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example.com/3")
    servers = plan_servers(tmp_path, durable=True)
    assert servers.database_url == "postgres://db.example.com/actions"
    assert servers.redis_url == "redis://redis.example.com/3"
    assert servers.programs == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_no_given_servers")
def test_servers_need_a_password_keep_their_data_and_end_with_the_block(open_directory):
    before = children()
    with running_servers(open_directory, durable=True) as servers:
        query(servers.database_url, "CREATE TABLE kept AS SELECT 'Grüße' AS greeting")
        with pytest.raises(psycopg2.OperationalError, match="password"):
            query(servers.database_url, "SELECT 1", password="guessed")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "yes")
            port = client.connection_pool.connection_kwargs["port"]
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    assert children() == before

    with running_servers(open_directory, durable=True) as servers:
        assert query(servers.database_url, "SELECT greeting FROM kept") == ("Grüße",)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"yes"


@pytest.mark.usefixtures("_no_given_servers")
def test_a_left_over_postgres_is_ended_and_a_stale_pid_file_forgotten(open_directory):
    log = open_directory / "log"
    _, program = postgres(open_directory, durable=False)
    left_over = start(program, log)
    wait_until_ready(program, left_over, log)

    _, again = postgres(open_directory, durable=False)
    assert left_over.wait(5) == 0

    # Another process of the same user has the number that the stale file names.
    own = {"user": again.account.uid, "group": again.account.gid} if again.account else {}
    stranger = subprocess.Popen(["sleep", "60"], **own)
    (open_directory / "postgres/data/postmaster.pid").write_text(f"{stranger.pid}\n/elsewhere\n")
    url, again = postgres(open_directory, durable=False)
    process = start(again, log)
    try:
        wait_until_ready(again, process, log)
        assert query(url, "SELECT 1") == (1,)
        assert stranger.poll() is None
    finally:
        stop([(again, process)])
        stranger.kill()
        stranger.wait()


@pytest.mark.usefixtures("_no_given_servers")
@pytest.mark.parametrize("content", ["", "\n", "half a file", "99999999999999999999\n"])
def test_a_pid_file_that_was_left_half_written_is_forgotten(open_directory, content):
    data = open_directory / "postgres/data"
    data.mkdir(parents=True)
    (open_directory / "postgres/password").write_text("secret")
    (data / "postmaster.pid").write_text(content)
    postgres(open_directory, durable=False)
    assert not (data / "postmaster.pid").exists()


def test_a_killed_parent_takes_its_programs_along(tmp_path):
    script = (
        "import sys, os, signal; from pathlib import Path;"
        "from actions_app.launcher.programs import Program, start;"
        "child = start(Program('sleeper', ('sleep', '60')), Path(sys.argv[1]));"
        "print(child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "log"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert result.returncode == -signal.SIGKILL
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(result.stdout)).wait(5)
