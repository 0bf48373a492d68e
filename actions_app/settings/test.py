"""For the test suite: real PostgreSQL and Redis, cheap password hashes."""

from actions_app.settings.development import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PUBLIC_URL = "http://testserver"
WHITENOISE_AUTOREFRESH = True
