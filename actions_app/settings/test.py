"""For the test suite: real PostgreSQL and Redis, cheap password hashes, nothing from `.env`."""

import os

os.environ["CREDENTIALS_KEYS"] = "dGVzdC1vbmx5LWNyZWRlbnRpYWxzLWtleS0wMDAwMDA="

from actions_app.settings.base import *

SECRET_KEY = "test-only"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAIL_PRIVATE_HOSTS_ALLOWED = True
WEBHOOK_PRIVATE_HOSTS_ALLOWED = True
PUBLIC_URL = "http://testserver"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
INSTALLED_APPS = [*INSTALLED_APPS, "actions_app.launcher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
