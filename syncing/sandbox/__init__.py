"""Local stand-ins for the vendors: real protocols over TCP, made-up data from a seed.

In a process of its own: `python -m syncing.sandbox`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """A Salesforce user who owns people in the sandbox."""

    salesforce_id: str
    name: str


SANDBOX_CLIENT_ID = "3d1c8f52-6f0b-4c57-9c1e-2b7a40d5e8a1"
SANDBOX_CLIENT_SECRET = "sandbox-secret-for-local-use-only"  # noqa: S105 - opens nothing but the sandbox
# Opens every mailbox of the sandbox; the user is the address.
SANDBOX_MAIL_PASSWORD = "sandbox-mail"  # noqa: S105 - opens nothing but the sandbox
# Starts calls with the sandbox's call provider, and signs what it reports of them.
SANDBOX_CALLS_TOKEN = "sandbox-calls-token"  # noqa: S105 - opens nothing but the sandbox
SANDBOX_CALLS_SECRET = "sandbox-calls-secret"  # noqa: S105 - signs nothing but the sandbox's reports
# The connected app of the sandbox's Salesforce.
SANDBOX_SALESFORCE_CLIENT_ID = "3MVG9sandbox.consumer.key.for.local.use.only"
SANDBOX_SALESFORCE_CLIENT_SECRET = "SANDBOX0SALESFORCE0SECRET"  # noqa: S105 - opens nothing but the sandbox
# The smart list "Has a sales owner".
SANDBOX_SMART_LIST_ID = 1001

# The first two are the demo's sellers and own the largest shares.
OWNERS = (
    Owner("0055g00000Ab1SaAAJ", "Sam Seller"),
    Owner("0055g00000Ab1SbAAJ", "Sara Seller"),
    Owner("0055g00000Ab1ScAAJ", "Priya Raman"),
    Owner("0055g00000Ab1SdAAJ", "Diego Álvarez"),
    Owner("0055g00000Ab1SeAAJ", "Hannah Köhler"),
    Owner("0055g00000Ab1SfAAJ", "Marcus Bell"),
    Owner("0055g00000Ab1SgAAJ", "Léa Fournier"),
    Owner("0055g00000Ab1ShAAJ", "Kenji Watanabe"),
    Owner("0055g00000Ab1SiAAJ", "Olivia Grant"),
    Owner("0055g00000Ab1SjAAJ", "Noah Lindqvist"),
    Owner("0055g00000Ab1SkAAJ", "Amira Haddad"),
    Owner("0055g00000Ab1SlAAJ", "Tomasz Nowak"),
)
