import socket
import stat

import environ
import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.password_validation import validate_password

from actions_app.launcher.ports import first_free_port, free_port
from actions_app.launcher.workspace import (
    AlreadyRunning,
    load_secrets,
    new_password,
    only_launcher,
    write_environment,
)


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path):
    path = tmp_path / "secrets.json"
    made = load_secrets(path)
    assert load_secrets(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.secret_key) >= 50
    Fernet(made.credentials_keys)


def test_two_folders_have_different_secrets(tmp_path):
    assert load_secrets(tmp_path / "one") != load_secrets(tmp_path / "two")


def test_passwords_keep_to_the_password_rules():
    for _ in range(50):
        validate_password(new_password())


def test_the_settings_read_back_what_was_written(tmp_path, monkeypatch):
    url = "postgres://postgres:se-cr_et@127.0.0.1:5432/actions"
    monkeypatch.setenv("DATABASE_URL", "")
    write_environment(tmp_path / "run.env", {"DATABASE_URL": url})
    assert stat.S_IMODE((tmp_path / "run.env").stat().st_mode) == 0o600
    monkeypatch.delenv("DATABASE_URL")
    environ.Env.read_env(tmp_path / "run.env")
    assert environ.Env().str("DATABASE_URL") == url


def test_a_second_launcher_is_refused_until_the_first_one_is_gone(tmp_path):
    with only_launcher(tmp_path), pytest.raises(AlreadyRunning):
        only_launcher(tmp_path).__enter__()
    with only_launcher(tmp_path):
        pass


def test_a_taken_port_is_passed_over():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
        taken = listener.getsockname()[1]
        assert first_free_port(taken) > taken
