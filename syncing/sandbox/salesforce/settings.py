"""What the org is like, beyond its data: limits, sessions, and its condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from syncing.sandbox import SANDBOX_SALESFORCE_CLIENT_ID, SANDBOX_SALESFORCE_CLIENT_SECRET


@dataclass(frozen=True)
class OrgSettings:
    """Every switch of the org; all may change at run time."""

    client_id: str = SANDBOX_SALESFORCE_CLIENT_ID
    client_secret: str = SANDBOX_SALESFORCE_CLIENT_SECRET
    session_seconds: int = 7200
    code_seconds: int = 900
    # Whether a refresh token is good for one use, and comes with its successor.
    rotation: bool = False
    client_credentials: bool = True
    # Whether users have confirmed that their e-mail address is theirs.
    verified_emails: bool = True
    # Whether it says to be an org that is not the one it was.
    other_org: bool = False

    daily_calls: int = 100_000
    # Calls of other integrations in the last 24 hours.
    other_calls: int = 0
    api_enabled: bool = True
    # Everything is 503, or just what writes fails.
    maintenance: bool = False
    read_only: bool = False
    # Whether leads and contacts are refused whose e-mail somebody has; a header lets them pass.
    duplicate_rule: bool = False
    # Whether all apps see a new custom field at once, without field permissions.
    grants_new_fields: bool = True
    # Whether what is taken out of the recycle bin counts as modified.
    undelete_modifies: bool = True

    def changed(self, changes: Mapping[str, Any]) -> OrgSettings:
        """A copy with some values changed; raises ValueError for unknown names or wrong types."""
        known = {item.name: type(getattr(self, item.name)) for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no setting {name!r}.")
            if type(value) is not known[name]:
                raise ValueError(f"Setting {name!r} must be {known[name].__name__}.")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
