"""The sandbox's Salesforce as a test sees it: the human at the other end, and the truth."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from syncing.sandbox import SANDBOX_SALESFORCE_CLIENT_ID, SANDBOX_SALESFORCE_CLIENT_SECRET
from syncing.sandbox.controls import Controls

REDIRECT_URI = "http://localhost/callback"
SECONDS = 30


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_StayHere, urllib.request.ProxyHandler({}))


class Salesforce:
    """A running org. `base_url` is its login address as well as its instance address."""

    client_id = SANDBOX_SALESFORCE_CLIENT_ID
    client_secret = SANDBOX_SALESFORCE_CLIENT_SECRET

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        controls = Controls(f"{base_url}/salesforce/control")
        self.control = controls.do
        self.read = controls.read

    # Signing in

    def decide(self, url: str, *, user: str = "sam@example.com", allow: bool = True) -> str:
        """Answer an app's authorize address as this user; where the browser is sent then."""
        decision = {"sandbox_user": user, "decision": "allow" if allow else "deny"}
        try:
            _opener.open(f"{url}&{urlencode(decision)}", timeout=SECONDS)
        except urllib.error.HTTPError as error:
            if error.code == 302:  # noqa: PLR2004 - the way back to the app
                return str(error.headers["Location"])
            raise
        raise LookupError("The authorize page did not lead anywhere.")

    def sign_in(
        self, user: str = "sam@example.com", *, scope: str = "api refresh_token"
    ) -> dict[str, Any]:
        """The token endpoint's answer for this user, without the app's part in it."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": scope,
        }
        page = f"{self.base_url}/services/oauth2/authorize?{urlencode(asked)}"
        code = parse_qs(urlsplit(self.decide(page, user=user)).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": REDIRECT_URI,
        }
        address = f"{self.base_url}/services/oauth2/token"
        with _opener.open(address, urlencode(form).encode(), timeout=SECONDS) as response:
            found: dict[str, Any] = json.loads(response.read())
        return found

    def expire_sessions(self, user: str | None = None) -> None:
        """Access tokens, of everybody or of one user id, are 401 from now on."""
        self.control("expire_sessions", user=user)

    def revoke_approvals(self, user: str | None = None) -> None:
        """Refresh tokens are dead, too."""
        self.control("revoke_approvals", user=user)

    # What a human does

    def create(self, object_name: str, *, user: str = "", **values: Any) -> str:
        """The new record's id."""
        made = self.control("create", object=object_name, values=values, user=user)
        return str(made["id"])

    def update(self, record_id: str, *, user: str = "", **values: Any) -> None:
        self.control("update", id=record_id, values=values, user=user)

    def delete(self, record_id: str) -> None:
        self.control("delete", id=record_id)

    def undelete(self, record_id: str) -> None:
        self.control("undelete", id=record_id)

    def empty_recycle_bin(self) -> None:
        self.control("empty_recycle_bin")

    def convert(self, lead_id: str) -> str:
        """The contact's id."""
        return str(self.control("convert", id=lead_id)["contact"])

    def merge(self, winner: str, losers: Iterable[str]) -> None:
        self.control("merge", winner=winner, losers=list(losers))

    def create_user(self, first_name: str, last_name: str, email: str) -> str:
        """A colleague more; the new user's id."""
        values = {"FirstName": first_name, "LastName": last_name, "Email": email}
        return str(self.control("create_user", values=values)["id"])

    def change_user(self, user_id: str, **values: Any) -> None:
        """For example `IsActive=False`."""
        self.control("change_user", id=user_id, values=values)

    # What an admin does

    def add_field(self, name: str, **metadata: Any) -> None:
        """A custom field, of activities or as in `add_field("Lead.Note__c", type="Text")`."""
        full_name = name if "." in name else f"Activity.{name}"
        self.control("add_field", full_name=full_name, metadata=metadata)

    def set_access(self, field: str, access: str) -> None:
        """Field-level security for all API users: `("Lead.HasOptedOutOfEmail", "none")`."""
        self.control("set_access", field=field, access=access)

    def set_picklist(self, field: str, values: Iterable[Any]) -> None:
        """Texts, or objects with `value`, `is_default` and `is_closed`."""
        self.control("set_picklist", field=field, values=list(values))

    def change_settings(self, **settings: Any) -> None:
        """See `settings.OrgSettings`."""
        self.control("change_settings", **settings)

    def add_fault(self, kind: str, **rest: Any) -> int:
        """Order a fault, see `faults.Fault`; once unless `times` says otherwise (0: for ever)."""
        return int(self.control("add_fault", kind=kind, **rest)["id"])

    def clear_faults(self) -> None:
        self.control("clear_faults")

    def commit_late(self) -> int:
        """Make the changes of late commits now; how many there were."""
        return int(self.control("commit_late")["changes"])

    def reset(self, **settings: Any) -> None:
        """A fresh org of the same people, with these settings."""
        self.control("reset", **settings)

    # What there is

    def records(self, object_name: str = "Task") -> dict[str, dict[str, Any]]:
        """All records of an object by id, deleted ones with them, oldest first."""
        found = self.read(f"records?object={object_name}")
        return {record["Id"]: record for record in found}

    def live(self, object_name: str = "Task") -> list[dict[str, Any]]:
        """Those that are not in the recycle bin."""
        return [item for item in self.records(object_name).values() if not item["IsDeleted"]]

    def record(self, record_id: str) -> dict[str, Any]:
        values: dict[str, Any] = self.read(f"record?id={record_id}")["values"]
        return values

    def users(self) -> dict[str, dict[str, Any]]:
        """By e-mail."""
        return {user["Email"]: user for user in self.read("users")}

    def calls(self) -> dict[str, int]:
        """Requests so far, for example "PATCH /services/data/v66.0/sobjects/Task/*"."""
        found: dict[str, int] = self.read("stats")["calls"]
        return found

    def api_usage(self) -> int:
        """API calls in the last 24 hours, as the limits count them."""
        return int(self.read("health")["api_usage"])
