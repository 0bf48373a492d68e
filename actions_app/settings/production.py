"""For production: refuses to start half-configured."""

from base64 import urlsafe_b64decode
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured

from actions_app.settings.base import *
from actions_app.settings.base import BASE_DIR, CREDENTIALS_KEYS, PUBLIC_URL, env

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG must not be set in production.")
if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("development-only"):
    raise ImproperlyConfigured("SECRET_KEY must be a random secret of at least 50 characters.")
try:
    MultiFernet([Fernet(key) for key in CREDENTIALS_KEYS])
except ValueError as error:
    raise ImproperlyConfigured(
        "CREDENTIALS_KEYS must be Fernet keys with commas between."
    ) from error
if any(urlsafe_b64decode(key).startswith(b"development-only") for key in CREDENTIALS_KEYS):
    raise ImproperlyConfigured(
        "CREDENTIALS_KEYS must not hold the key of the development settings: everybody knows it."
    )
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this instance answers to.")
if urlsplit(PUBLIC_URL).scheme != "https" or not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be the https address of this instance.")
if env.bool("ACTIONS_EMBEDDED_SERVERS", default=False):
    raise ImproperlyConfigured("The embedded PostgreSQL and Valkey are for development only.")

CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]

STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
