"""A Valkey (or Redis) server of our own: on loopback, with a password."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

import redis

from actions_app.launcher.binaries import redis_server
from actions_app.launcher.ports import free_port
from actions_app.launcher.programs import Program


def valkey(directory: Path, *, durable: bool) -> tuple[str, Program]:
    """Return the URL and the program of the server whose data are below `directory`."""
    home = directory / "valkey"
    home.mkdir(mode=0o700, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    # In a file, because everybody on the machine can read a command line.
    configuration = home / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {_quoted(home)}\n"
        f"databases 256\nsave ''\nappendonly {'yes' if durable else 'no'}\nloglevel warning\n"
    )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    program = Program(
        name="valkey",
        command=(str(redis_server()), str(configuration)),
        stops_last=True,
        is_ready=partial(_is_ready, url),
    )
    return url, program


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_ready(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
