"""The `.data` folder of a checkout: secrets, logs, and what the settings read."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actions_app.launcher.demo_users import DEMO_USERS

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / ".data"
SECRETS = DATA / "secrets.json"


class AlreadyRunning(Exception):
    """Another launcher serves this checkout."""


@dataclass(frozen=True)
class Secrets:
    """Made at the first start, kept for all later ones."""

    secret_key: str
    credentials_keys: str
    passwords: dict[str, str]


@contextmanager
def only_launcher(data: Path) -> Iterator[None]:
    """Hold the folder for one launcher; the system lets go of the lock however that one ends."""
    with (data / "launcher.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


def load_secrets(path: Path) -> Secrets:
    """Read the secrets of this installation, or make them."""
    if not path.exists():
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "credentials_keys": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "passwords": {user.email: new_password() for user in DEMO_USERS},
        }
        write_private(path, json.dumps(made, indent=2) + "\n")
    return Secrets(**json.loads(path.read_text()))


def new_password() -> str:
    """Four groups of an upper-case letter, two lower-case ones and a digit: about 60 bits."""
    return "-".join(
        secrets.choice(string.ascii_uppercase)
        + "".join(secrets.choice(string.ascii_lowercase) for _ in range(2))
        + secrets.choice(string.digits)
        for _ in range(4)
    )


def write_environment(path: Path, values: Mapping[str, str]) -> None:
    """Write what the development settings read, and set it here for every program started."""
    os.environ.update(values)
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
