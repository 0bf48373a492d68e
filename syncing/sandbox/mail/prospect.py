"""The prospect's hands: what one can do with a message that arrived. Each deed is noted on it."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.utils import parseaddr

from syncing.sandbox.mail.answers import answer, html_of, out_of_office, parsed, text_of
from syncing.sandbox.mail.browser import READER, SCANNER, Visit, post_form, visit
from syncing.sandbox.mail.links import Contents, contents_of, one_click_url
from syncing.sandbox.mail.mailboxes import Message
from syncing.sandbox.mail.office import Office
from syncing.sandbox.mail.reports import complaint


class Prospect:
    """Somebody with this message before them."""

    def __init__(self, office: Office, message_id: int) -> None:
        self._office = office
        self._mailboxes = office.mailboxes
        self.message: Message = office.mailboxes.message(message_id)
        self._raw = office.mailboxes.raw(message_id)
        self.mime: EmailMessage = parsed(self._raw)

    @property
    def html(self) -> str:
        return html_of(self.mime)

    @property
    def text(self) -> str:
        return text_of(self.mime)

    @property
    def contents(self) -> Contents:
        return contents_of(html=self.html, text=self.text)

    def open(self) -> list[Visit]:
        """Look at it with pictures on."""
        visits = [visit(image, agent=READER) for image in self.contents.images]
        self._note(f"opened, pictures loaded: {len(visits)}")
        return visits

    def click(self, url: str) -> Visit:
        """Raises ValueError for what is no link of this message."""
        if url not in self.contents.links:
            raise ValueError("The message has no such link.")
        found = visit(url, agent=READER)
        self._note(f"clicked, came to {found.addresses[-1]}")
        return found

    def scan(self) -> list[Visit]:
        """Load and follow everything at once, as security scanners do on delivery."""
        contents = self.contents
        visits = [visit(url, agent=SCANNER) for url in [*contents.images, *contents.links]]
        self._note(f"scanned, addresses visited: {len(visits)}")
        return visits

    def unsubscribe(self) -> Visit:
        """Press the mail program's own button; raises ValueError when there is none."""
        url = one_click_url(self.mime)
        if not url:
            raise ValueError("The message offers no one-click unsubscribe.")
        found = post_form(url, b"List-Unsubscribe=One-Click", agent=READER)
        self._note(f"unsubscribed by one click, answered {found.status}")
        return found

    def answer(self, *, text: str, from_address: str = "") -> None:
        sender = from_address or self.message.recipient
        made = answer(self.mime, text=text, from_address=sender)
        self._send(made, sender=parseaddr(sender)[1])
        self._note(f"answered from {sender}")

    def answer_automatically(self, *, text: str = "") -> None:
        """Out of office. Like every automatic answer it has no envelope sender."""
        self._send(out_of_office(self.mime, text=text, from_address=self.message.recipient))
        self._note("answered out of office")

    def bounce(self, *, permanent: bool) -> None:
        self._must_have_sender()
        self._office.return_to_sender(self.message, permanent=permanent)

    def complain(self) -> None:
        """Mark it as spam, which the mailbox's provider reports to the sender."""
        self._must_have_sender()
        report = complaint(self.message, self._raw)
        self._mailboxes.deliver(sender="", recipients=[self.message.sender], raw=report)
        self._note("marked as spam")

    def _send(self, made: EmailMessage, *, sender: str = "") -> None:
        recipient = parseaddr(str(made["To"]))[1]
        if not recipient:
            raise ValueError("The message names nobody to answer to.")
        raw = made.as_bytes(policy=policy.SMTP)
        self._office.accept(sender=sender, recipients=[recipient], raw=raw)

    def _must_have_sender(self) -> None:
        if not self.message.sender:
            raise ValueError("The message has no envelope sender to report to.")

    def _note(self, what: str) -> None:
        self._mailboxes.note(self.message.id, what)
