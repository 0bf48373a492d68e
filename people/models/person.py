"""The read-only copy of Marketo people, and what the sync knows about them."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Collate, Concat, Lower
from django.utils.translation import gettext_lazy as _

from people.phone_numbers import WithoutMarks

READ_ONLY = _("People come from Marketo and are read-only here. Change them in Marketo.")


class PersonQuerySet(models.QuerySet["Person"]):
    """Reads only: whatever would write raises PermissionDenied."""

    def active(self) -> PersonQuerySet:
        return self.filter(state=Person.State.ACTIVE)

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise PermissionDenied(READ_ONLY)

    create = update = delete = bulk_create = bulk_update = _refuse
    get_or_create = update_or_create = _refuse
    delete.queryset_only = True  # type: ignore[attr-defined]


class Person(models.Model):
    """One Marketo lead or contact that has, or once had, a sales owner.

    Written only by `syncing.people_sync`, with SQL. An absent value is the empty string.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        REMOVED = "REMOVED", _("Removed")

    class RemovedReason(models.TextChoices):
        OWNER_LOST = "OWNER_LOST", _("No longer has a sales owner")
        DELETED = "DELETED", _("Deleted in Marketo")
        MERGED = "MERGED", _("Merged into another person in Marketo")
        NOT_IN_CRM = "NOT_IN_CRM", _("No longer a Salesforce lead or contact")

    class SfdcType(models.TextChoices):
        LEAD = "Lead", _("Lead")
        CONTACT = "Contact", _("Contact")

    marketo_id = models.BigIntegerField(_("Marketo ID"), unique=True)
    first_name = models.CharField(_("first name"), max_length=255, blank=True)
    last_name = models.CharField(_("last name"), max_length=255, blank=True)
    email = models.CharField(_("email"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=255, blank=True)
    company = models.CharField(_("company"), max_length=255, blank=True)
    title = models.CharField(_("title"), max_length=255, blank=True)
    linkedin_url = models.CharField(_("LinkedIn URL"), max_length=255, blank=True)
    source = models.CharField(_("source"), max_length=255, blank=True)
    salesforce_contact_id = models.CharField(_("Salesforce contact ID"), max_length=18, blank=True)
    salesforce_lead_id = models.CharField(_("Salesforce lead ID"), max_length=18, blank=True)
    salesforce_account_id = models.CharField(_("Salesforce account ID"), max_length=18, blank=True)
    salesforce_opportunity_id = models.CharField(
        _("Salesforce opportunity ID"), max_length=18, blank=True
    )
    owner_salesforce_id = models.CharField(_("owner"), max_length=18, blank=True)
    sfdc_type = models.CharField(
        _("lead or contact"), max_length=16, blank=True, choices=SfdcType.choices
    )
    marketo_created_at = models.DateTimeField(_("created in Marketo"), null=True)
    marketo_updated_at = models.DateTimeField(_("updated in Marketo"), null=True)

    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)
    removed_reason = models.CharField(
        _("reason"), max_length=16, blank=True, choices=RemovedReason.choices
    )
    removed_at = models.DateTimeField(_("removed"), null=True)
    # Few were merged, and an index for those alone is enough.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged_people", db_index=False
    )
    created_at = models.DateTimeField(_("here since"))
    updated_at = models.DateTimeField(_("last updated"))
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                "first_name",
                Value(" "),
                "last_name",
                Value("\n"),
                "email",
                Value("\n"),
                "company",
                Value("\n"),
                "title",
                Value("\n"),
                WithoutMarks("phone"),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects: ClassVar[PersonQuerySet] = PersonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes: ClassVar = [
            *(
                # Sorted without regard to case; "C" gives the same order on every server.
                models.Index(
                    Collate(Lower(column), "C"),
                    "id",
                    name=f"person_by_{column}",
                    condition=Q(state="ACTIVE"),
                )
                for column in (
                    "first_name",
                    "last_name",
                    "email",
                    "company",
                    "title",
                    "phone",
                    "source",
                )
            ),
            models.Index(
                fields=["owner_salesforce_id", "id"],
                name="person_by_owner",
                condition=Q(state="ACTIVE"),
            ),
            models.Index(
                fields=["sfdc_type", "id"], name="person_by_type", condition=Q(state="ACTIVE")
            ),
            models.Index(
                fields=["updated_at", "id"],
                name="person_active_by_updated",
                condition=Q(state="ACTIVE"),
            ),
            models.Index(
                fields=["merged_into"],
                name="person_by_winner",
                condition=Q(merged_into__isnull=False),
            ),
            # Whose record Salesforce speaks of.
            models.Index(fields=["salesforce_contact_id"], name="person_by_contact"),
            models.Index(fields=["salesforce_lead_id"], name="person_by_lead"),
            # Removed people too: a consumer of the API keeps its copy by it.
            models.Index(fields=["updated_at", "id"], name="person_by_updated"),
            models.Index(
                fields=["updated_at", "id"],
                name="person_removed_by_updated",
                condition=Q(state="REMOVED"),
            ),
            GinIndex(
                fields=["search_text"],
                name="person_search",
                opclasses=["gin_trgm_ops"],
                condition=Q(state="ACTIVE"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="person_removed_with_reason",
                condition=Q(state="ACTIVE", removed_reason="", removed_at=None)
                | (Q(state="REMOVED", removed_at__isnull=False) & ~Q(removed_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermissionDenied(READ_ONLY)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermissionDenied(READ_ONLY)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or f"#{self.marketo_id}"


class PersonChange(models.Model):
    """One change the sync brought to a person, and when."""

    class Kind(models.TextChoices):
        UPDATED = "UPDATED", _("Updated")
        CONVERTED = "CONVERTED", _("Converted to contact")
        REMOVED = "REMOVED", _("Removed")
        MERGED = "MERGED", _("Merged")
        RESTORED = "RESTORED", _("Came back")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # {"company": ["Acme", "Acme Ltd"]}: the value before and after, by field name.
    changes = models.JSONField(default=dict)
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-happened_at", "-id"], name="change_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.happened_at:%Y-%m-%d %H:%M}"


class SalesforceUser(models.Model):
    """An owner as Salesforce last named them, for Marketo gives no names. Written by `syncing`."""

    # The first 15 characters of the id: both of its forms begin with them.
    short_id = models.CharField(max_length=15, primary_key=True)
    # Empty for whom Salesforce does not know, or does not show.
    name = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    # When Salesforce was last asked.
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or self.short_id


class DuplicateEmail(models.Model):
    """An address (lower case) that more than one active person has; kept by the sync."""

    # The collation of the index on people's addresses, so that both sides of a join are of use.
    email = models.CharField(max_length=255, primary_key=True, db_collation="C")
    people = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.email
