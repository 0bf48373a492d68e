"""The orders of the people list, each the very expression of an index."""

from dataclasses import dataclass

from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate, Lower

from people.engagement import COUNTERS

# Columns of PersonEngagement, each with an index of its own.
ENGAGEMENT_COLUMNS = (*COUNTERS, "last_activity_at")
TEXT_COLUMNS = ("first_name", "last_name", "email", "company", "title", "phone", "source")


def text_key(column: str) -> Collate:
    """Text without regard to case, as the indexes `person_by_…` have it."""
    return Collate(Lower(column), "C")


KEYS: dict[str, Combinable] = {
    **{column: text_key(column) for column in TEXT_COLUMNS},
    "owner": F("owner_salesforce_id"),
    "type": F("sfdc_type"),
    "updated": F("updated_at"),
    **{column: F(f"engagement__{column}") for column in ENGAGEMENT_COLUMNS},
}


@dataclass(frozen=True)
class Sort:
    """One column and a direction.

    People without a text, or without any activity, come last in both directions.
    """

    column: str = "updated"
    descending: bool = True

    @classmethod
    def parse(cls, text: str) -> "Sort":
        """Read `company` or `-company`; anything else is the newest first."""
        column = text.removeprefix("-")
        return cls(column, descending=text.startswith("-")) if column in KEYS else cls()

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column

    @property
    def is_text(self) -> bool:
        return self.column in TEXT_COLUMNS

    @property
    def is_engagement(self) -> bool:
        return self.column in ENGAGEMENT_COLUMNS

    @property
    def is_moment(self) -> bool:
        return self.column in {"updated", "last_activity_at"}

    @property
    def key(self) -> Combinable:
        return KEYS[self.column]
