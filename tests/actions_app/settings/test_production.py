"""Production settings are read by a fresh interpreter each time, as a server would."""

import os
import subprocess
import sys

import pytest

from actions_app.launcher.workspace import ROOT

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "actions_app.settings.production",
    "DATABASE_URL": "postgres://actions:secret@db.example.com/actions",
    "REDIS_URL": "redis://redis.example.com:6379/0",
    "SECRET_KEY": "k9" * 32 + "-random-enough-Xy7",
    "CREDENTIALS_KEYS": "cHJvZHVjdGlvbi1saWtlLWtleS1mb3ItdGVzdHMhISE=",
    "ALLOWED_HOSTS": "actions.example.com",
    "PUBLIC_URL": "https://actions.example.com",
}


def check(changes):
    environment = {"PATH": os.environ["PATH"], **COMPLETE, **changes}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_checks_find_nothing():
    result = check({})
    assert result.returncode == 0, result.stderr
    assert "System check identified no issues (0 silenced)." in result.stdout


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"DEBUG": "1"}, "DEBUG must not be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be a random secret"),
        (
            {"SECRET_KEY": "development-only-key-that-production-settings-refuse"},
            "SECRET_KEY must be a random secret",
        ),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ACTIONS_EMBEDDED_SERVERS": "1"}, "embedded PostgreSQL and Valkey"),
        ({"CREDENTIALS_KEYS": None}, "CREDENTIALS_KEYS"),
        ({"CREDENTIALS_KEYS": ""}, "CREDENTIALS_KEYS must be Fernet keys"),
        ({"CREDENTIALS_KEYS": "not-a-key"}, "CREDENTIALS_KEYS must be Fernet keys"),
        (
            {"CREDENTIALS_KEYS": f"{COMPLETE['CREDENTIALS_KEYS']},short"},
            "CREDENTIALS_KEYS must be Fernet keys",
        ),
        (
            {"CREDENTIALS_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1jcmVkZW50aWFscy1rZXk="},
            "CREDENTIALS_KEYS must not hold the key of the development settings",
        ),
        ({"PUBLIC_URL": None}, "PUBLIC_URL must be the https address"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL must be the https address"),
        ({"PUBLIC_URL": "http://actions.example.com"}, "PUBLIC_URL must be the https address"),
        ({"PUBLIC_URL": "https://"}, "PUBLIC_URL must be the https address"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"REDIS_URL": None}, "REDIS_URL"),
    ],
)
def test_a_half_configured_production_refuses_to_start(changes, reason):
    result = check(changes)
    assert result.returncode != 0
    assert reason in result.stderr


def test_a_refused_key_is_not_printed():
    assert "not-a-key" not in check({"CREDENTIALS_KEYS": "not-a-key"}).stderr
