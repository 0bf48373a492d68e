"""Custom fields for the Tooling API to make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of activities: Task and Event share theirs, which are defined on Activity."""

    name: str
    label: str
    # As the Metadata API calls it: Text, DateTime, Checkbox, Number, Url.
    data_type: str
    length: int = 0
    is_key: bool = False
    description: str = ""

    def as_metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {"label": self.label, "type": self.data_type}
        if self.description:
            metadata["description"] = self.description
        if self.length:
            metadata["length"] = self.length
        if self.is_key:
            metadata |= {"externalId": True, "unique": True, "caseSensitive": False}
        if self.data_type == "Checkbox":
            metadata["defaultValue"] = False
        return {"FullName": f"Activity.{self.name}", "Metadata": metadata}
