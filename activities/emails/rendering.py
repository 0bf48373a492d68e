"""An email as it goes out: fields filled in, signature, files, unsubscribe message and quote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from activities.emails.fields import SIGNATURE, UNSUBSCRIBES, Filling
from activities.emails.html import clean_html, text_of
from activities.emails.models import Email, EmailSettings, UserEmailSettings
from activities.emails.tracking.addresses import file_url, public_address, unsubscribe_url

MAX_SUBJECT = 500

# In cleaned HTML, whose attributes are in double quotes.
_FIRST_LINK = re.compile(r'(<a\b[^>]*?\shref=")[^"]*(")')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True)
class Rendered:
    """`unresolved` names fields without a value, `prompts` what the seller has yet to write."""

    subject: str
    html: str
    text: str
    unresolved: tuple[str, ...]
    prompts: tuple[str, ...]


def render(*, email: Email, settings: EmailSettings | None = None) -> Rendered:
    """The email as its reader gets it, before links and pixel for tracking."""
    settings = settings or EmailSettings.load()
    unsubscribe = unsubscribe_html(email=email, settings=settings)
    base = public_address(settings)
    signature = email.identity.signature_html if email.identity else ""
    filling = Filling(
        email=email, html={SIGNATURE: signature, **dict.fromkeys(UNSUBSCRIBES, unsubscribe)}
    )
    subject = _subject(filling)
    parts = [filling.fill_html(email.body_html), *_tracked_files(email, base)]
    if SIGNATURE not in filling.used:
        parts.append(signature)
    is_unsubscribe_due = settings.appends_unsubscribe_message and not email.is_non_commercial
    if is_unsubscribe_due and not filling.used.intersection(UNSUBSCRIBES):
        parts.append(unsubscribe)
    parts.append(_quote(email))
    html = clean_html("\n".join(part for part in parts if part))
    return Rendered(
        subject=subject,
        html=html,
        text=text_of(html),
        unresolved=tuple(dict.fromkeys(filling.unresolved)),
        prompts=tuple(dict.fromkeys(filling.prompts)),
    )


def unsubscribe_html(*, email: Email, settings: EmailSettings) -> str:
    """The message of the team, or the sender's own; its first link leads to the page, whatever
    address was written there.
    """
    message = clean_html(_unsubscribe_message(email, settings))
    url = escape(unsubscribe_url(email=email, base=public_address(settings)))
    linked, count = _FIRST_LINK.subn(rf"\g<1>{url}\g<2>", message, count=1)
    if count:
        return linked
    return f'{message} <a href="{url}">{escape(_("Unsubscribe"))}</a>'


def _unsubscribe_message(email: Email, settings: EmailSettings) -> str:
    if settings.users_write_own_message:
        own = UserEmailSettings.objects.filter(user=email.sender_id).first()
        if own and own.unsubscribe_message_html.strip():
            return own.unsubscribe_message_html
    return settings.unsubscribe_message_html


def _subject(filling: Filling) -> str:
    """On one line. A follow-up without a subject of its own answers the first email's."""
    first = filling.email.follow_up_to
    subject = _CONTROLS.sub(" ", filling.fill_text(filling.email.subject)).strip()
    if not subject and first:
        subject = first.sent_subject
        if not subject.lower().startswith("re:"):
            subject = f"Re: {subject}"
    return subject[:MAX_SUBJECT]


def _tracked_files(email: Email, base: str) -> list[str]:
    return [
        f'<p><a href="{escape(file_url(file=link, base=base))}">{escape(link.file.name)}</a></p>'
        for link in email.files.all()
        if link.is_tracked
    ]


def _quote(email: Email) -> str:
    """What was sent before, under a follow-up."""
    first = email.follow_up_to
    if first is None or first.sent_at is None:
        return ""
    sent_at = timezone.localtime(first.sent_at, ZoneInfo(email.sender.time_zone))
    words = _("On %(date)s, %(name)s wrote:") % {
        "date": formats.date_format(sent_at, "DATETIME_FORMAT"),
        "name": first.from_header,
    }
    return f"<p>{escape(words)}</p><blockquote>{first.sent_html}</blockquote>"
