"""Who works in the org: the owners of Marketo's people, an admin, and a user for integrations."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo.salesforce_ids import checksum


def _id(fifteen: str) -> str:
    return fifteen + checksum(fifteen)


@dataclass(frozen=True)
class User:
    """A user as the org is seeded with."""

    id: str
    first_name: str
    last_name: str
    time_zone: str = "America/Los_Angeles"
    mailbox: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """Plain ASCII: Léa is lea@example.com."""
        mailbox = self.mailbox or self.first_name.lower()
        decomposed = unicodedata.normalize("NFKD", mailbox)
        return decomposed.encode("ascii", "ignore").decode() + "@example.com"

    @property
    def username(self) -> str:
        """Looks like an e-mail address, and is none."""
        return self.email.replace("@example.com", "@sandbox-org.example")


ADMIN = User(_id("0055g00000Ab1Sy"), "Ada", "Admin", mailbox="admin")
INTEGRATION = User(_id("0055g00000Ab1Sz"), "Integration", "User", "GMT")
USERS = (*(User(owner.salesforce_id, *owner.name.split()) for owner in OWNERS), ADMIN, INTEGRATION)
