"""The door in: an SMTP server that takes mail for everybody, unless a fault says otherwise."""

from __future__ import annotations

import asyncio
import logging

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from syncing.sandbox.mail.faults import Fault, FaultKind, Stage
from syncing.sandbox.mail.office import Office

# 25 MB of files grow by a third and a bit on their way into a message.
MESSAGE_MAX = 40 * 1024 * 1024
NULL_SENDER = "<>"
# It tells of every sign-in that its own way of keeping the name is out of date.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class SmtpDoor:
    """What aiosmtpd asks at each stage; a returned text is the answer on the wire."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def connection(self) -> SMTP:
        """The protocol of one connection."""
        return SMTP(
            self,
            hostname="sandbox.invalid",
            ident="Sandbox",
            data_size_limit=MESSAGE_MAX,
            authenticator=self.authenticate,
            auth_require_tls=False,
        )

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode(errors="replace")
        fault = self._office.faults.take(Stage.SIGN_IN, user)
        if fault and fault.kind is FaultKind.DISCONNECT:
            raise _broken(server)
        is_right = self._office.knows(data.password) and fault is None
        return AuthResult(success=is_right, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        refusal = await _suffer(self._office.faults.take(Stage.MAIL, address), server)
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if "@" not in address:
            return "550 5.1.3 An address has a domain"
        refusal = await _suffer(self._office.faults.take(Stage.RCPT, address), server)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        recipients = [str(address) for address in envelope.rcpt_tos]
        faults = (self._office.faults.take(Stage.DATA, address) for address in recipients)
        fault = next((fault for fault in faults if fault), None)
        if fault is None or fault.stored:
            self._store(envelope, recipients)
        refusal = await _suffer(fault, server)
        if fault and not refusal and not fault.stored:
            self._store(envelope, recipients)
        return refusal or "250 2.0.0 Stored"

    def _store(self, envelope: Envelope, recipients: list[str]) -> None:
        sender = "" if envelope.mail_from == NULL_SENDER else str(envelope.mail_from)
        raw = envelope.original_content or b""
        self._office.accept(sender=sender, recipients=recipients, raw=raw)


async def _suffer(fault: Fault | None, server: SMTP) -> str | None:
    """Let the fault strike: the refusal to answer with, or None to go on as usual."""
    match fault:
        case Fault(kind=FaultKind.REFUSE):
            return f"{fault.code} {fault.text}"
        case Fault(kind=FaultKind.DISCONNECT):
            raise _broken(server)
        case Fault(kind=FaultKind.HANG):
            await asyncio.sleep(fault.seconds)
    return None


def _broken(server: SMTP) -> BaseException:
    """Break the connection; raised, it ends the conversation without a word."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return asyncio.CancelledError()
