"""What sellers keep beside people for themselves: groups, saved views, chosen columns."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from people.models.person import Person


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
