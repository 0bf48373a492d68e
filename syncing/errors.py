"""What can go wrong with a vendor, by what the caller may do about it."""

from __future__ import annotations

from datetime import datetime


class SyncError(Exception):
    """A failed vendor call. `code` and `request_id` are the vendor's own, empty if it gave none."""

    def __init__(self, message: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id


class Transient(SyncError):
    """Worth trying again, after `retry_after` seconds if the vendor said so."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.retry_after = retry_after


class Ambiguous(Transient):
    """The vendor may or may not have done it; before a write is sent again, read back."""


class Permanent(SyncError):
    """The same request will fail again; a person has to look at this record or request."""


class Misconfigured(SyncError):
    """The connection's settings are at fault: `setting` names which one."""

    def __init__(self, message: str, *, setting: str, code: str = "", request_id: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.setting = setting


class QuotaExhausted(SyncError):
    """No more calls until `resets_at`."""

    def __init__(
        self, message: str, *, resets_at: datetime, code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.resets_at = resets_at
