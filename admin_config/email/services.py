"""What admins decide for everybody's email; each change is audited."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activities.emails.html import clean_html
from activities.emails.models import BlockedDomain, EmailSettings
from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import User

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@transaction.atomic
def change_settings(*, by: User, now: datetime, **values: Any) -> None:
    """Store these values of EmailSettings; what stays the same leaves no trace."""
    EmailSettings.objects.get_or_create(pk=1)
    current = EmailSettings.objects.select_for_update().get(pk=1)
    if "unsubscribe_message_html" in values:
        values["unsubscribe_message_html"] = clean_html(values["unsubscribe_message_html"])
    changes = {
        name: [getattr(current, name), value]
        for name, value in values.items()
        if getattr(current, name) != value
    }
    if not changes:
        return
    EmailSettings.objects.filter(pk=1).update(
        **{name: new for name, (_old, new) in changes.items()}
    )
    audit.record(actor=by, action=audit.Action.EMAIL_SETTINGS_CHANGED, details=changes, now=now)


@transaction.atomic
def block_domain(*, domain: str, by: User, now: datetime) -> BlockedDomain:
    """Raises Refused for what is no domain, or one that is blocked already."""
    name = _ascii(domain.strip().lower().removeprefix("@").removesuffix("."))
    if not _DOMAIN.fullmatch(name):
        raise Refused(
            _("“%(text)s” is not a domain. Write it as competitor.com.") % {"text": domain}
        )
    try:
        with transaction.atomic():
            blocked = BlockedDomain.objects.create(domain=name, created_at=now)
    except IntegrityError as error:
        raise Refused(_("%(domain)s is blocked already.") % {"domain": name}) from error
    audit.record(actor=by, action=audit.Action.DOMAIN_BLOCKED, target=name, now=now)
    return blocked


@transaction.atomic
def unblock_domain(*, blocked: BlockedDomain, by: User, now: datetime) -> None:
    audit.record(actor=by, action=audit.Action.DOMAIN_UNBLOCKED, target=blocked.domain, now=now)
    blocked.delete()


def _ascii(domain: str) -> str:
    """The form in which mail servers know an international domain; unchanged if it has none."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
