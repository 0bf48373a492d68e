"""Templates to write from, and files to send along."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class TemplateCategory(models.Model):
    MAX_CATEGORIES = 500

    name = models.CharField(_("name"), max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="template_category_once",
                violation_error_message=_("There is already a category with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """A subject and a body with dynamic fields; private until it is shared with teams."""

    MAX_TEMPLATES = 2_000

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="email_templates"
    )
    category = models.ForeignKey(
        TemplateCategory, on_delete=models.PROTECT, related_name="templates"
    )
    name = models.CharField(_("name"), max_length=150)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body_html = models.TextField(_("body"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    # Bypasses unsubscribes, never blocked domains; no unsubscribe message is appended.
    is_non_commercial = models.BooleanField(_("non-commercial"), default=False)
    teams = models.ManyToManyField("admin_config.Team", related_name="email_templates", blank=True)
    favorite_of = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="favorite_email_templates", blank=True
    )
    files: models.ManyToManyField[StoredFile, models.Model] = models.ManyToManyField(
        "StoredFile", related_name="templates", blank=True
    )
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["category", "name"], name="template_by_category"),
            models.Index(fields=["owner"], name="template_by_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class StoredFile(models.Model):
    """A file a seller uploaded, kept in the database so that every process has it."""

    MAX_PER_USER = 25
    MAX_BYTES = 20 * 1024 * 1024

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_files"
    )
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveIntegerField(_("size"))
    content = models.BinaryField()
    created_at = models.DateTimeField()
    # A file that was sent stays for the emails that hold it, out of its owner's sight.
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
