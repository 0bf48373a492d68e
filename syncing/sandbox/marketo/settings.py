"""What one Marketo instance is like: its limits, its features, its data shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET

PERMISSIONS = (
    "Read-Only Lead",
    "Read-Only Activity",
    "Read-Write Activity",
    "Read-Write Activity Metadata",
    "Read-Only Opportunity",
)


@dataclass(frozen=True)
class InstanceSettings:
    """Every switch of the instance; all but the data shape may change at run time."""

    # Data shape, fixed when the database is seeded.
    people: int = 20_000
    seed: int = 1
    density: float = 0.7
    first_id: int = 1

    # Who may call.
    client_id: str = SANDBOX_CLIENT_ID
    client_secret: str = SANDBOX_CLIENT_SECRET
    api_user: str = "api@sandbox.example"
    permissions: tuple[str, ...] = field(default=PERMISSIONS)
    token_seconds: int = 3600

    # Limits, as a real instance has them.
    limits: bool = True
    rate_calls: int = 100
    rate_seconds: float = 20.0
    concurrent_calls: int = 10
    daily_calls: int = 50_000
    export_daily_bytes: int = 500_000_000
    exports_running: int = 2
    exports_queued: int = 10

    # How long bulk exports take at least, and how long things are kept.
    export_queue_seconds: float = 0.0
    export_seconds: float = 0.2
    activity_days: int = 90
    deleted_days: int = 14
    export_file_days: int = 7

    # Activity feeds.
    scan_rows: int = 5000
    empty_result_key: bool = False
    merged_losers_in_deleted_feed: bool = False

    # Features that some instances have and others lack.
    sfdc_fields: bool = True
    hidden_fields: tuple[str, ...] = ()
    linkedin_field: str = "linkedInProfileURL"
    smart_list_filter: bool = True
    updated_at_filter: bool = False
    opportunity_roles: bool = True
    custom_types_max: int = 10

    def changed(self, changes: Mapping[str, Any]) -> InstanceSettings:
        """A copy with some values changed; raises ValueError for unknown names or wrong types."""
        known = {item.name: getattr(self, item.name) for item in fields(self)}
        return replace(
            self, **{name: _converted(name, value, known) for name, value in changes.items()}
        )

    def data_shape(self) -> tuple[int, int, float, int]:
        return self.people, self.seed, self.density, self.first_id

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _converted(name: str, value: Any, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ValueError(f"There is no setting {name!r}.")
    wanted = type(known[name])
    if wanted is float and isinstance(value, int):
        return float(value)
    if wanted is tuple and isinstance(value, list):
        return tuple(value)
    if type(value) is not wanted:
        raise ValueError(f"Setting {name!r} must be {wanted.__name__}.")
    return value
