"""Dynamic fields of emails, as in `{{first_name | default: "there"}}`, and prompts `{{! … }}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activities.emails.models import Email

_BRACES = re.compile(r"\{\{((?:(?!\{\{).){1,1000}?)\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FIELD = re.compile(
    r"""(?P<name>\w+)\s*(?:\|\s*default\s*:\s*["“”'‘’](?P<default>.*)["“”'‘’]\s*)?""", re.DOTALL
)
_LEGAL_FORM = re.compile(r",\s*(?:inc|llc)\.?\s*$", re.IGNORECASE)


class DynamicField(NamedTuple):
    """`blank` is what stands for a missing value; None stops the send."""

    name: str
    label: str | Promise
    value: Callable[[Email], str]
    blank: str | Promise | None = None


def _company(email: Email) -> str:
    return email.person.company


def _friendly_company(email: Email) -> str:
    """Without a legal form after a comma: `Acme, Inc.` is `Acme`."""
    return _LEGAL_FORM.sub("", email.person.company)


def _my_name(email: Email) -> str:
    return email.identity.name if email.identity else email.sender.get_full_name()


def _my_address(email: Email) -> str:
    return email.identity.address if email.identity else email.sender.email


# What is told of the two people; HTML is filled in by `rendering`.
DYNAMIC_FIELDS = (
    DynamicField("first_name", _("First name"), lambda email: email.person.first_name, ""),
    DynamicField("last_name", _("Last name"), lambda email: email.person.last_name, ""),
    DynamicField("title", _("Job title"), lambda email: email.person.title, ""),
    DynamicField("company", _("Company"), _company, _("your company")),
    DynamicField(
        "company_friendly", _("Company without Inc. or LLC"), _friendly_company, _("your company")
    ),
    DynamicField("personal_email", _("Email address"), lambda email: email.person.email),
    DynamicField("phone", _("Phone number"), lambda email: email.person.phone),
    DynamicField("my_name", _("My name"), _my_name),
    DynamicField("my_title", _("My job title"), lambda email: email.sender.job_title, ""),
    DynamicField("my_email", _("My email address"), _my_address),
)
# What `rendering` puts in as HTML.
SIGNATURE = "my_signature"
UNSUBSCRIBES = ("team_unsubscribe", "friendly_unsubscribe")
# The two unsubscribe fields say the same, so one is enough to choose from.
HTML_FIELDS: tuple[tuple[str, str | Promise], ...] = (
    (SIGNATURE, _("My signature")),
    (UNSUBSCRIBES[0], _("Unsubscribe message")),
)

_BY_NAME = {field.name: field for field in DYNAMIC_FIELDS}
KNOWN_FIELDS = frozenset({*_BY_NAME, SIGNATURE, *UNSUBSCRIBES})


@dataclass
class Filling:
    """Fills texts of one email, and notes what it could not fill."""

    email: Email
    # Values that are HTML already, by name.
    html: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    unresolved: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def fill_html(self, html: str) -> str:
        """HTML with the fields filled in; their values are text, whatever they look like."""
        return _BRACES.sub(lambda found: self._replace(found, as_html=True), html)

    def fill_text(self, text: str) -> str:
        return _BRACES.sub(lambda found: self._replace(found, as_html=False), text)

    def _replace(self, found: re.Match[str], *, as_html: bool) -> str:
        inner = _plain(found[1]) if as_html else found[1].strip()
        if inner.startswith("!"):
            self.prompts.append(inner.removeprefix("!").strip())
            return found[0]
        parsed = _FIELD.fullmatch(inner)
        name = parsed["name"].lower() if parsed else inner
        self.used.add(name)
        if as_html and name in self.html:
            return self.html[name]
        value = self._value(name, parsed["default"] if parsed else None)
        if value is None:
            self.unresolved.append(name)
            return found[0]
        return escape(value) if as_html else value

    def _value(self, name: str, default: str | None) -> str | None:
        known = _BY_NAME.get(name)
        value = known.value(self.email).strip() if known else ""
        if value:
            return value
        # Whoever writes an empty default wants nothing, but not of a field that there is not.
        if default or (known and default is not None):
            return default
        if known is None or known.blank is None:
            return None
        return gettext(str(known.blank)) if known.blank else ""


def unknown_fields(html: str) -> list[str]:
    """The names in a text or HTML that no email can fill in, whomever it is for."""
    inner = [_plain(found[1]) for found in _BRACES.finditer(html)]
    parsed = [(_FIELD.fullmatch(text), text) for text in inner if not text.startswith("!")]
    names = [found["name"].lower() if found else text for found, text in parsed]
    return [name for name in dict.fromkeys(names) if name not in KNOWN_FIELDS]


def _plain(html: str) -> str:
    """What stands between the braces, though an editor may have put tags and entities there."""
    return unescape(_TAG.sub("", html)).replace("\N{NO-BREAK SPACE}", " ").strip()
