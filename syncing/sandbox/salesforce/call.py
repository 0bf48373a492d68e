"""One call as those who carry it out need it: who calls, when, and on which connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from syncing.sandbox.salesforce.faults import Faults
from syncing.sandbox.salesforce.schema import Schema
from syncing.sandbox.salesforce.settings import OrgSettings
from syncing.sandbox.salesforce.soql.cursors import Cursors


@dataclass
class Attempt:
    """Whether something that is done in several steps succeeds."""

    is_given_up: bool = False

    def give_up(self) -> None:
        self.is_given_up = True


@dataclass(frozen=True)
class Call:
    """A call inside one transaction of the database."""

    connection: sqlite3.Connection
    schema: Schema
    faults: Faults
    settings: OrgSettings
    cursors: Cursors
    user_id: str
    # Now, as the API writes it.
    stamp: str
    # Since when a transaction is open that will be committed late, if there is one.
    open_since: str = ""
    # Whether the caller takes responsibility for duplicates.
    allows_duplicates: bool = False
    # Who calls, as a web address.
    identity_url: str = ""
    # In the last 24 hours, this one with them.
    calls_made: int = 0
    # The address of the data API of the version that was asked for.
    base: str = "/services/data/v66.0"
    # Whose keys existed when an upsert arrived; None looks when it is their turn.
    known_keys: Mapping[str, str] | None = None

    @contextmanager
    def all_or_nothing(self) -> Iterator[Attempt]:
        """What is done inside is undone by an exception, and when the attempt is given up."""
        attempt = Attempt()
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield attempt
        except BaseException:
            attempt.give_up()
            raise
        finally:
            if attempt.is_given_up:
                self.connection.execute("ROLLBACK TO attempt")
            self.connection.execute("RELEASE attempt")
