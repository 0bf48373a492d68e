"""Who is signed in: authorization codes, sessions and refresh tokens."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass

from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.store import Store

# A user may approve an app this many times; one more ends the oldest approval.
APPROVALS_MAX = 5
OFFLINE_SCOPES = {"refresh_token", "offline_access"}


@dataclass(frozen=True)
class Grant:
    """What a user allowed an app to do."""

    user_id: str
    client_id: str
    scope: str


@dataclass(frozen=True)
class Code:
    """An authorization code, good once and for some minutes."""

    grant: Grant
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass(frozen=True)
class Session:
    """An access token and whose it is."""

    token: str
    grant: Grant
    issued_at: float
    expires_at: float


class Sessions:
    """All of the org's; those in the database survive a restart."""

    def __init__(self, clock: Clock, store: Callable[[], Store]) -> None:
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._codes: dict[str, Code] = {}

    def new_code(self, grant: Grant, *, redirect_uri: str, challenge: str, lifetime: float) -> str:
        code = "aPrx" + secrets.token_urlsafe(40)
        expires_at = self._clock.timestamp() + lifetime
        with self._lock:
            self._codes[code] = Code(grant, redirect_uri, challenge, expires_at)
        return code

    def take_code(self, code: str) -> Code | None:
        """None when it was used, is too old or never was."""
        with self._lock:
            found = self._codes.pop(code, None)
        return found if found and found.expires_at > self._clock.timestamp() else None

    def start(self, grant: Grant, *, org_id: str, lifetime: int) -> Session:
        """A new access token."""
        now = self._clock.timestamp()
        token = f"{org_id[:15]}!AQ{secrets.token_urlsafe(64)}"
        session = Session(token, grant, now, now + lifetime)
        with self._store().writing() as connection:
            connection.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (token, *_columns(grant), now, session.expires_at),
            )
        return session

    def find(self, token: str) -> Session | None:
        """The session of a token that is good now."""
        with self._store().reading() as connection:
            row = connection.execute(
                "SELECT * FROM session WHERE token = ? AND expiresAt > ?",
                (token, self._clock.timestamp()),
            ).fetchone()
        return Session(token, _grant(row), row["issuedAt"], row["expiresAt"]) if row else None

    def new_refresh_token(self, grant: Grant) -> str:
        """Approve the app once more; too many approvals end the oldest."""
        token = "5Aep" + secrets.token_urlsafe(60)
        with self._store().writing() as connection:
            connection.execute(
                "INSERT INTO refresh_token (token, userId, clientId, scope) VALUES (?, ?, ?, ?)",
                (token, *_columns(grant)),
            )
            connection.execute(
                "DELETE FROM refresh_token WHERE userId = :user AND clientId = :client AND seq NOT"
                " IN (SELECT seq FROM refresh_token WHERE userId = :user AND clientId = :client"
                f" ORDER BY seq DESC LIMIT {APPROVALS_MAX})",
                {"user": grant.user_id, "client": grant.client_id},
            )
        return token

    def refreshed(self, token: str, *, rotation: bool) -> tuple[Grant, str] | None:
        """The grant behind a refresh token, and the token to use from now on."""
        with self._store().writing() as connection:
            row = connection.execute(
                "SELECT * FROM refresh_token WHERE token = ?", (token,)
            ).fetchone()
            if row is None:
                return None
            if rotation:
                token = "5Aep" + secrets.token_urlsafe(60)
                connection.execute(
                    "UPDATE refresh_token SET token = ? WHERE seq = ?", (token, row["seq"])
                )
        return _grant(row), token

    def revoke(self, token: str) -> bool:
        """End a session, or an approval with all its user's sessions; whether there was one."""
        with self._store().writing() as connection:
            row = connection.execute(
                "DELETE FROM refresh_token WHERE token = ? RETURNING userId, clientId", (token,)
            ).fetchone()
            if row:
                connection.execute(
                    "DELETE FROM session WHERE userId = ? AND clientId = ?", tuple(row)
                )
                return True
            return connection.execute("DELETE FROM session WHERE token = ?", (token,)).rowcount > 0

    def expire_all(self, user_id: str | None = None) -> None:
        """Let the sessions, of everybody or one user, be over; refresh tokens stay good."""
        with self._store().writing() as connection:
            connection.execute("DELETE FROM session WHERE ?1 IS NULL OR userId = ?1", (user_id,))

    def revoke_all(self, user_id: str | None = None) -> None:
        """End the approvals, of everybody or one user, too."""
        self.expire_all(user_id)
        with self._store().writing() as connection:
            connection.execute(
                "DELETE FROM refresh_token WHERE ?1 IS NULL OR userId = ?1", (user_id,)
            )

    def counts(self) -> dict[str, int]:
        with self._store().reading() as connection:
            return {
                "sessions": _count(connection, "session"),
                "approvals": _count(connection, "refresh_token"),
            }


def _columns(grant: Grant) -> tuple[str, str, str]:
    return grant.user_id, grant.client_id, grant.scope


def _grant(row: sqlite3.Row) -> Grant:
    return Grant(row["userId"], row["clientId"], row["scope"])


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
