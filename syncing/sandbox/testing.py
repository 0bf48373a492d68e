"""A sandbox of one's own for tests, benches and experiments."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syncing.sandbox.controls import Controls, SandboxError
from syncing.sandbox.mail.testing import Mail
from syncing.sandbox.salesforce.testing import Salesforce

__all__ = ["Mail", "Salesforce", "Sandbox", "SandboxError", "running_mailbox", "running_sandbox"]

ROOT = Path(__file__).parents[2]
END_SECONDS = 10


class Sandbox:
    """A running sandbox, to be told what happens in it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        controls = Controls(f"{base_url}/control")
        self.control = controls.do
        self.read = controls.read
        # The org that Marketo is connected to.
        self.salesforce = Salesforce(base_url)

    def leads(self, ids: Iterable[int] = ()) -> dict[int, dict[str, Any]]:
        """The truth: all leads, or those with these ids, by id, with every field."""
        found = self.control("leads", ids=list(ids))["leads"]
        return {lead["id"]: lead for lead in found}

    def roles(self) -> list[dict[str, Any]]:
        """Every opportunity role."""
        found: list[dict[str, Any]] = self.read("roles")
        return found

    def custom_activities(self) -> list[dict[str, Any]]:
        """Every custom activity there is, oldest first; attributes by their display names."""
        found: list[dict[str, Any]] = self.read("custom_activities")
        return found

    def calls(self) -> dict[str, int]:
        """Requests so far by endpoint, for example "/rest/v1/leads.json"; errors included."""
        found: dict[str, int] = self.read("stats")["calls"]
        return found

    def create_lead(self, **values: Any) -> int:
        """A new lead's id. `sfdcType="Lead"` or `"Contact"` makes up its Salesforce ids."""
        return int(self.control("create_lead", values=values)["id"])

    def change_lead(self, lead_id: int, **values: Any) -> None:
        self.control("change_lead", id=lead_id, values=values)

    def set_owner(self, lead_id: int, owner: str | None) -> None:
        self.control("set_owner", id=lead_id, owner=owner)

    def delete_lead(self, lead_id: int) -> None:
        self.control("delete_lead", id=lead_id)

    def merge_leads(
        self, winner: int, losers: Iterable[int], *, in_salesforce: bool = False
    ) -> None:
        self.control("merge_leads", winner=winner, losers=list(losers), in_salesforce=in_salesforce)

    def convert_lead(self, lead_id: int) -> None:
        self.control("convert_lead", id=lead_id)

    def sync_to_salesforce(self, lead_id: int, owner: str | None) -> None:
        self.control("sync_to_salesforce", id=lead_id, owner=owner)

    def delete_from_salesforce(self, lead_id: int) -> None:
        self.control("delete_from_salesforce", id=lead_id)

    def rename_company(self, company_id: int, name: str) -> int:
        """The number of leads it shows on; `contactCompany` of a lead is the company's id."""
        return int(self.control("rename_company", company=company_id, name=name)["leads"])

    def add_role(
        self, lead_id: int, opportunity: str, *, role: str | None = None, is_primary: bool = False
    ) -> None:
        self.control(
            "add_role", lead=lead_id, opportunity=opportunity, role=role, is_primary=is_primary
        )

    def remove_role(self, lead_id: int, opportunity: str) -> None:
        self.control("remove_role", lead=lead_id, opportunity=opportunity)

    def add_activity(self, lead_id: int, type_id: int, **rest: Any) -> None:
        """Any log row: `attributes`, `primary_id`, `primary_value`, and `happened_at`."""
        self.control("add_activity", lead=lead_id, type=type_id, **rest)

    def add_fault(self, kind: str, endpoint: str = "*", **rest: Any) -> int:
        """Order a fault, see `faults.Fault`; once unless `times` says otherwise (0: for ever)."""
        return int(self.control("add_fault", kind=kind, endpoint=endpoint, **rest)["id"])

    def clear_faults(self) -> None:
        self.control("clear_faults")

    def set_limits(self, **limits: Any) -> None:
        """Change any setting at run time, see `settings.InstanceSettings`."""
        self.control("change_settings", **limits)

    change_settings = set_limits

    def expire_tokens(self) -> None:
        self.control("expire_tokens")

    def advance_clock(self, seconds: float) -> None:
        """Move the sandbox's clock: tokens expire, windows pass, the quota day ends."""
        self.control("advance_clock", seconds=seconds)

    def reset(self, **settings: Any) -> None:
        """Fresh data, the settings it was started with and these, no faults, no counts."""
        self.control("reset", **settings)


@contextmanager
def running_sandbox(
    *,
    people: int = 300,
    seed: int = 1,
    limits: bool = True,
    export_seconds: float = 0.0,
    data: Path | None = None,
    **settings: Any,
) -> Iterator[Sandbox]:
    """A sandbox in a process of its own on a free port; it ends with the block or the caller.

    `settings` are changed after the start; `data` keeps the state in a directory of one's own.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-") as temporary:
        arguments = {
            "port": 0,
            "smtp-port": 0,
            "imap-port": 0,
            "data": data or temporary,
            "people": people,
            "seed": seed,
            "export-seconds": export_seconds,
        }
        with _process(arguments, limits=limits) as base_url:
            sandbox = Sandbox(base_url)
            if settings:
                sandbox.change_settings(**settings)
            yield sandbox


@contextmanager
def running_mailbox(*, data: Path | None = None) -> Iterator[Mail]:
    """A sandbox without people, for its mailboxes; it ends with the block or the caller."""
    with running_sandbox(people=0, data=data) as sandbox:
        yield Mail(sandbox.base_url)


@contextmanager
def _process(arguments: Mapping[str, object], *, limits: bool) -> Iterator[str]:
    options = [f"--{name}={value}" for name, value in arguments.items()]
    switches = ["--limits" if limits else "--no-limits", "--until-stdin-ends"]
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "syncing.sandbox", *options, *switches],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield _ready_url(process)
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _ready_url(process: subprocess.Popen[str]) -> str:
    """Wait for the line in which the sandbox tells its address."""
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("Sandbox ready at "):
        raise SandboxError(f"The sandbox did not start: {line!r}")
    return line.removeprefix("Sandbox ready at ").strip()
