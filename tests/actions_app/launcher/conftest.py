import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def open_directory():
    """A folder that PostgreSQL reaches when the suite runs as root; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="actions-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory


@pytest.fixture
def _no_given_servers(monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
