"""Users, teams and what administrators did."""

from __future__ import annotations

import hashlib
import zoneinfo
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is not a known time zone."), params={"value": value})


class TeamManager(models.Manager["Team"]):
    def everyone(self) -> Team:
        """The team every user is in, from the moment the account is made."""
        return self.get_or_create(is_everyone=True, defaults={"name": "Everyone"})[0]


class Team(models.Model):
    """A set of users to share with. Everybody is in *Everyone*."""

    MAX_TEAMS = 20

    name = models.CharField(_("name"), max_length=100)
    is_everyone = models.BooleanField(default=False)

    objects: ClassVar[TeamManager] = TeamManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="team_name_once",
                violation_error_message=_("There is already a team with this name."),
            ),
            models.UniqueConstraint(
                "is_everyone", condition=Q(is_everyone=True), name="one_everyone_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            user.teams.add(Team.objects.everyone())
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Raises ValidationError: `createsuperuser --noinput` leaves the password rules to us."""
        fields |= {"role": User.Role.ADMIN, "is_superuser": True}
        if password:
            validate_password(password, self.model(email=email, **fields))
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    MAX_SEATS = 100

    class Role(models.TextChoices):
        ADMIN = "ADMIN", _("Admin")
        USER = "USER", _("User")

    email = models.EmailField(_("email"), unique=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    job_title = models.CharField(_("job title"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.USER)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(
        _("language"), max_length=8, default="en", choices=settings.LANGUAGES
    )
    salesforce_user_id = models.CharField(
        _("Salesforce user ID"),
        max_length=18,
        blank=True,
        validators=[
            RegexValidator(
                r"^005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$",
                _("A Salesforce user ID starts with 005 and has 15 or 18 characters."),
            )
        ],
    )
    # Filled in because the addresses are the same; nobody has said or shown that it is so.
    is_salesforce_user_matched = models.BooleanField(default=False, editable=False)
    teams = models.ManyToManyField(Team, related_name="members", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_admin(self) -> bool:
        return self.role == User.Role.ADMIN

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.first_name or self.email


def hash_secret(secret: str) -> str:
    """SHA-256 in hex of a random secret (128 bits or more, so no salt or stretching is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Invitation(models.Model):
    """A link, good once and for seven days, that lets someone create an account."""

    VALID_FOR = timedelta(days=7)

    email = models.EmailField(_("email"))
    role = models.CharField(
        _("role"), max_length=8, choices=User.Role.choices, default=User.Role.USER
    )
    teams = models.ManyToManyField(Team, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.email

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at


class SignInSettings(models.Model):
    """How users sign in. One row at most; without it all ways are open."""

    class Policy(models.TextChoices):
        ALL_METHODS = "ALL_METHODS", _("All methods: a password, or Salesforce")
        SALESFORCE_ONLY = "SALESFORCE_ONLY", _("Salesforce only")

    policy = models.CharField(max_length=16, choices=Policy.choices, default=Policy.ALL_METHODS)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_sign_in_settings", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.policy


class ApiToken(models.Model):
    """A REST API key: only its hash and its first characters are kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEvent(models.Model):
    """Who did what, when, from which value to which. Append-only: a trigger refuses the rest."""

    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_email = models.CharField(max_length=254)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=255, blank=True)
    details = models.JSONField(default=dict)
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-happened_at", "-id"], name="audit_newest_first")
        ]

    def __str__(self) -> str:
        return f"{self.actor_email} {self.action} {self.target}".strip()
