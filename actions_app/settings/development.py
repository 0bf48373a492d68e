"""For a developer's machine: `make run` writes where its servers listen to `.data/run.env`."""

import os
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent.parent
environ.Env.read_env(ROOT / ".env")
environ.Env.read_env(ROOT / ".data" / "run.env")
os.environ.setdefault("DATABASE_URL", "postgres:///actions")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
os.environ.setdefault("SECRET_KEY", "development-only-key-that-production-settings-refuse")
os.environ.setdefault("CREDENTIALS_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1jcmVkZW50aWFscy1rZXk=")

from actions_app.settings.base import *  # noqa: E402
from actions_app.settings.base import env  # noqa: E402

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
MAIL_PRIVATE_HOSTS_ALLOWED = env.bool("MAIL_PRIVATE_HOSTS_ALLOWED", default=True)
WEBHOOK_PRIVATE_HOSTS_ALLOWED = env.bool("WEBHOOK_PRIVATE_HOSTS_ALLOWED", default=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
INSTALLED_APPS = [*INSTALLED_APPS, "actions_app.launcher"]
WHITENOISE_USE_FINDERS = True
