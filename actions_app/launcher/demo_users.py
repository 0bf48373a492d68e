"""Who can sign in to a fresh workspace: an admin and two sellers who own people in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from syncing.sandbox import OWNERS

ADMIN_EMAIL = "admin@example.com"


@dataclass(frozen=True)
class DemoUser:
    email: str
    first_name: str
    last_name: str
    role: str = "USER"
    salesforce_user_id: str = ""


def _sellers() -> list[DemoUser]:
    sellers = []
    for owner in OWNERS[:2]:
        first_name, last_name = owner.name.split()
        email = f"{first_name.lower()}@example.com"
        sellers.append(DemoUser(email, first_name, last_name, "USER", owner.salesforce_id))
    return sellers


DEMO_USERS = (DemoUser(ADMIN_EMAIL, "Ada", "Admin", "ADMIN"), *_sellers())
