"""Settings every environment shares. Secrets and addresses come from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from actions_app.logs import mask_secret_links, usual_level
from syncing import sandbox

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# Applications

INSTALLED_APPS = [
    "admin_config",
    "syncing",
    "syncing.delivery",
    "syncing.reminder_sync",
    "syncing.salesforce_connections",
    "syncing.salesforce_settings",
    "syncing.smart_grid",
    "syncing.task_logging",
    "syncing.unsubscribe_check",
    "syncing.unsubscribe_sync",
    "syncing.webhooks",
    "activities",
    "activities.campaigns",
    "activities.calls",
    "activities.emails",
    "activities.reminders",
    "people",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
    "template_partials",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "admin_config.middleware.UserPreferencesMiddleware",
    "activities.emails.tracking.own_browser.OwnBrowserMiddleware",
    "admin_config.middleware.SignedOutFragmentMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "actions_app.urls"
WSGI_APPLICATION = "actions_app.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "admin_config.context_processors.workspace",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data

DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "actions",
    }
}

# Keys of MultiFernet for credentials at rest: the first encrypts, all decrypt.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEYS")

# Proxies before this instance that set X-Forwarded-For; 0 takes the address of the connection.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# Sign-in

AUTH_USER_MODEL = "admin_config.User"
AUTHENTICATION_BACKENDS = ["admin_config.authentication.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "people:list"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 9},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "admin_config.passwords.CharacterClassesValidator"},
]
ACCOUNT_ADAPTER = "admin_config.account_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Actions: "
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_RATE_LIMITS = {"accept_invitation": "20/m/ip"}
SOCIALACCOUNT_ADAPTER = "admin_config.sign_in.salesforce.SocialAccountAdapter"
MFA_ADAPTER = "admin_config.account_adapter.MFAAdapter"
# Addresses are confirmed by the invitation link, which allauth knows nothing of.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Actions"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fr", _("French")),
    ("de", _("German")),
    ("ja", _("Japanese")),
    ("pt", _("Portuguese")),
    ("es", _("Spanish")),
]
LOCALE_PATHS = [BASE_DIR / "actions_app" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# Static files

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Mail

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Actions <actions@localhost>")

# Whether a user's own mail servers may be in our network; the team's, which admins set, always may.
MAIL_PRIVATE_HOSTS_ALLOWED = env.bool("MAIL_PRIVATE_HOSTS_ALLOWED", default=False)

# Whether webhooks may lead into our network, and to this machine over plain http.
WEBHOOK_PRIVATE_HOSTS_ALLOWED = env.bool("WEBHOOK_PRIVATE_HOSTS_ALLOWED", default=False)

# The address users and vendors reach this instance at, for links in mails and webhooks.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

# Marketo

# Marketo itself looks at an export once a minute; asking more often only costs calls.
MARKETO_EXPORT_POLL_SECONDS = env.float("MARKETO_EXPORT_POLL_SECONDS", default=60.0)
# Of Marketo's 100 calls in 20 seconds and 10 at a time, which all integrations share.
MARKETO_CALLS_PER_20_SECONDS = env.int("MARKETO_CALLS_PER_20_SECONDS", default=90)
MARKETO_CALLS_IN_FLIGHT = env.int("MARKETO_CALLS_IN_FLIGHT", default=8)
# Until its log is sure to show an activity that it was sent without giving an answer.
MARKETO_SETTLE_SECONDS = env.float("MARKETO_SETTLE_SECONDS", default=90.0)

# Calls: where the sandbox's provider of bridged calls is; without it there is none.

SANDBOX_CALLS_URL = env.str("SANDBOX_CALLS_URL", default="").rstrip("/")
SANDBOX_CALLS_TOKEN = sandbox.SANDBOX_CALLS_TOKEN
SANDBOX_CALLS_SECRET = sandbox.SANDBOX_CALLS_SECRET

# Celery

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "inbound"
CELERY_TASK_ROUTES = {
    "admin_config.tasks.*": {"queue": "mail"},
    # Before the next one: the first that matches holds.
    "activities.emails.inbound.*": {"queue": "mailboxes"},
    "activities.*": {"queue": "mail"},
    "syncing.delivery.*": {"queue": "outbound"},
    "syncing.reminder_sync.*": {"queue": "outbound"},
    "syncing.task_logging.*": {"queue": "outbound"},
    "syncing.webhooks.*": {"queue": "outbound"},
    # The runs, which take longer, hold up nothing that goes out.
    "syncing.unsubscribe_sync.tasks.push_unsubscribes": {"queue": "outbound"},
}
CELERY_TASK_SOFT_TIME_LIMIT = 15 * 60
CELERY_TASK_TIME_LIMIT = 20 * 60
# Redis redelivers what is not acknowledged in time, so this stays above the hard limit.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60 * 60}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "campaigns": {
        "task": "activities.campaigns.tasks.advance_campaigns",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "people-gone-from-campaigns": {
        "task": "activities.campaigns.tasks.leave_removed_people",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "people-sync": {
        "task": "syncing.tasks.advance_people_sync",
        "schedule": 5.0,
        # A tick nobody picked up before the next one is worth nothing.
        "options": {"expires": 5.0},
    },
    "emails": {
        "task": "activities.emails.tasks.send_due_emails",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "deliveries": {
        "task": "syncing.delivery.tasks.sweep_deliveries",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "task-logging": {
        "task": "syncing.task_logging.tasks.sweep_task_logging",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "reminder-sync": {
        "task": "syncing.reminder_sync.tasks.sync_reminders",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "reconcile-tasks": {
        "task": "syncing.task_logging.tasks.reconcile_tasks",
        "schedule": crontab(hour=3, minute=0),
    },
    "salesforce-users": {
        "task": "syncing.salesforce_connections.tasks.match_salesforce_users",
        "schedule": timedelta(days=1),
    },
    "names-of-owners": {
        "task": "syncing.salesforce_connections.tasks.read_names_of_owners",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "push-unsubscribes": {
        "task": "syncing.unsubscribe_sync.tasks.push_unsubscribes",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "sync-unsubscribes": {
        "task": "syncing.unsubscribe_sync.tasks.sync_unsubscribes",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "forget-unsubscribe-runs": {
        "task": "syncing.unsubscribe_sync.tasks.forget_old_unsubscribe_runs",
        "schedule": timedelta(days=1),
    },
    "webhooks": {
        "task": "syncing.webhooks.tasks.sweep_webhooks",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "forget-webhook-messages": {
        "task": "syncing.webhooks.tasks.forget_old_webhook_messages",
        "schedule": timedelta(days=1),
    },
    "judge-hits": {
        "task": "activities.emails.tracking.tasks.judge_hits",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "poll-mailboxes": {
        "task": "activities.emails.inbound.tasks.poll_mailboxes",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "forget-idempotent-requests": {
        "task": "activities.tasks.forget_old_idempotent_requests",
        "schedule": timedelta(days=1),
    },
}

# REST API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["admin_config.api_tokens.ApiTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "people.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    # The Accept header chooses the format; `format` is a parameter like any other.
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
}
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)
# Calls without a valid token, by address.
API_REFUSALS_PER_MINUTE = 60
SPECTACULAR_SETTINGS = {
    "TITLE": "Actions API",
    "DESCRIPTION": "This workspace, for programs: its people, who come from Marketo and are only"
    " read, and what sellers do with them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ActivityKindEnum": "activities.api.serializers.KINDS",
        "CallStatusEnum": "activities.calls.api.serializers.CALL_STATUSES",
        "EmailStateEnum": "activities.emails.api.serializers.STATES",
        "ReminderPriorityEnum": "activities.reminders.api.serializers.PRIORITIES",
        "AnyReminderPriorityEnum": "activities.reminders.api.serializers.ALL_PRIORITIES",
        # The steps of campaigns have the same.
        "ReminderTypeEnum": "activities.reminders.api.serializers.TYPES",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_AUTHENTICATION": [
        "admin_config.api_tokens.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0},
}

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "usb": [],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Logs: one JSON line an event, with the request's or the task's id

LOG_CONTEXT: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_CONTEXT,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_secret_links,
                structlog.processors.JSONRenderer(),
            ],
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default=usual_level())},
    # It tells of each of its seventeen ways to read a bounce.
    "loggers": {"flufl.bounce": {"level": "WARNING"}},
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *LOG_CONTEXT,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
