"""The read-only copy of Marketo people, and what sellers add beside it."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
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


class Group(models.Model):
    """A seller's own list of people, which may be shared with teams."""

    MAX_PER_USER = 50
    MAX_PEOPLE = 200

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_groups"
    )
    name = models.CharField(_("name"), max_length=100)
    teams = models.ManyToManyField("admin_config.Team", related_name="people_groups", blank=True)
    people: models.ManyToManyField[Person, GroupMembership] = models.ManyToManyField(
        Person, through="GroupMembership", related_name="groups"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                name="group_name_once_per_owner",
                violation_error_message=_("You already have a group with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("group", "person", name="person_once_per_group"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class SavedView(models.Model):
    """A named search on the people page: filters, sort and columns, as its query string."""

    MAX_PER_USER = 50
    MAX_QUERY = 2_000

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(max_length=MAX_QUERY, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "user",
                Lower("name"),
                name="view_name_once_per_user",
                violation_error_message=_("You already have a view with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListSettings(models.Model):
    """The columns a user chose for the people list."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_list_settings"
    )
    columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return ", ".join(self.columns)


class PersonEngagement(models.Model):
    """Counters of what sellers did with a person (activities) and the person did back (events).

    Nobody without activity has a row. Written only by `people.engagement`.
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="engagement"
    )
    # Views, clicks and replies.
    events = models.PositiveIntegerField(_("events"), default=0)
    # Emails and calls.
    activities = models.PositiveIntegerField(_("activities"), default=0)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    emails = models.PositiveIntegerField(_("emails"), default=0)
    views = models.PositiveIntegerField(_("views"), default=0)
    clicks = models.PositiveIntegerField(_("clicks"), default=0)
    replies = models.PositiveIntegerField(_("replies"), default=0)
    # Sales campaigns the person was ever added to.
    campaigns = models.PositiveIntegerField(_("campaigns"), default=0)
    last_activity_at = models.DateTimeField(_("last activity"))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=[column, "person"], name=f"engagement_by_{column}"[:30])
            for column in (
                "events",
                "activities",
                "calls",
                "emails",
                "views",
                "clicks",
                "replies",
                "campaigns",
                "last_activity_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.activities} + {self.events}"


class Unsubscribe(models.Model):
    """A person's wish to get no more sales emails, and perhaps how it ended. The history card."""

    class Source(models.TextChoices):
        CLICKED_LINK = "CLICKED_LINK", _("Clicked link")
        MANUAL = "MANUAL", _("Manual")
        SALESFORCE = "SALESFORCE", _("Salesforce sync")
        BOUNCE = "BOUNCE", _("Bounce")
        COMPLAINT = "COMPLAINT", _("Spam complaint")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="unsubscribes")
    # The address at that time, lower case: it holds for whoever else has it.
    email = models.CharField(_("email"), max_length=255, blank=True)
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"))
    unsubscribed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resubscribed_at = models.DateTimeField(_("resubscribed"), null=True)
    resubscribed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resubscribe_reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["email"],
                name="unsubscribe_by_email",
                condition=Q(resubscribed_at=None) & ~Q(email=""),
            ),
            models.Index(fields=["person", "-unsubscribed_at"], name="unsubscribe_by_person"),
            models.Index(fields=["-unsubscribed_at", "-id"], name="unsubscribe_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "person", condition=Q(resubscribed_at=None), name="unsubscribed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.get_source_display()}"
