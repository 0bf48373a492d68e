"""Whom sellers write as: From addresses, each verified by a link mailed to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from activities.emails.addresses import is_address
from activities.emails.html import clean_html
from activities.emails.models import SenderIdentity
from people.errors import Refused

LINK_LASTS = timedelta(days=7)
_SIGNER = TimestampSigner(salt="activities.emails.identities")


def default_identity(user: Any) -> SenderIdentity | None:
    return SenderIdentity.objects.filter(user=user, is_default=True).first()


@transaction.atomic
def add(
    *, user: Any, name: str, address: str, now: datetime, signature_html: str = ""
) -> SenderIdentity:
    """Add a From address, not verified yet; the first one becomes the default.

    Raises Refused for what is no address, one the user has, or one too many.
    """
    if not is_address(address):
        raise Refused(_("“%(text)s” is not an email address.") % {"text": address})
    # Two requests at once do not both add the last one allowed.
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
    count = SenderIdentity.objects.filter(user=user).count()
    if count >= SenderIdentity.MAX_PER_USER:
        limit = SenderIdentity.MAX_PER_USER
        raise Refused(_("You have %(limit)d identities already.") % {"limit": limit})
    identity = SenderIdentity(
        user=user,
        name=_one_line(name),
        address=address,
        signature_html=clean_html(signature_html),
        is_default=count == 0,
        created_at=now,
    )
    try:
        with transaction.atomic():
            identity.save()
    except IntegrityError as error:
        raise Refused(_("You already have an identity with this address.")) from error
    return identity


def edit(*, identity: SenderIdentity, name: str, signature_html: str) -> SenderIdentity:
    """Change the name and the signature; another address is another identity."""
    identity.name = _one_line(name)
    identity.signature_html = clean_html(signature_html)
    identity.save(update_fields=["name", "signature_html"])
    return identity


@transaction.atomic
def remove(*, identity: SenderIdentity) -> None:
    """Remove it; another one becomes the default. Emails that wait to go out as it will fail."""
    user = identity.user
    identity.delete()
    if default_identity(user) is None:
        other = SenderIdentity.objects.filter(user=user).order_by("verified_at", "pk").first()
        if other:
            set_default(identity=other)


@transaction.atomic
def set_default(*, identity: SenderIdentity) -> None:
    SenderIdentity.objects.filter(user=identity.user_id, is_default=True).update(is_default=False)
    SenderIdentity.objects.filter(pk=identity.pk).update(is_default=True)
    identity.is_default = True


def token_of(identity: SenderIdentity) -> str:
    """What the link to `verify` carries; good for seven days and for this address alone."""
    return _SIGNER.sign_object({"identity": identity.pk, "address": identity.address.lower()})


def send_verification(*, identity: SenderIdentity, url: str, now: datetime) -> None:
    """Mail the address `url`, the page that verifies with `token_of(identity)`.

    Raises SMTPException or OSError when the instance's mail server doesn't take it.
    """
    message = EmailMessage(
        subject=_("Confirm that this address is yours"),
        body=render_to_string(
            "emails/verification_mail.txt",
            {"identity": identity, "url": url, "days": LINK_LASTS.days},
        ),
        to=[identity.address],
    )
    message.send()
    identity.verification_sent_at = now
    identity.save(update_fields=["verification_sent_at"])


def identity_of(token: str, *, by: Any) -> SenderIdentity:
    """The identity that the link is about.

    Raises Refused when the link is broken, too old, or its identity gone or somebody else's:
    whoever reads a mail must not make a colleague write as them.
    """
    try:
        said = _SIGNER.unsign_object(token, max_age=LINK_LASTS)
    except BadSignature as error:
        raise Refused(_("This link is not valid any more. Have another one sent.")) from error
    identity = (
        SenderIdentity.objects.filter(pk=said["identity"], address__iexact=said["address"])
        .select_related("user")
        .first()
    )
    if identity is None:
        raise Refused(_("This identity was removed."))
    if identity.user != by:
        name = identity.user.get_full_name()
        raise Refused(_("Only %(name)s can confirm this address, signed in.") % {"name": name})
    return identity


def verify(*, token: str, by: Any, now: datetime) -> SenderIdentity:
    """Mark the address of the token as its owner's, who is the one to do so.

    Raises Refused as `identity_of` does.
    """
    identity = identity_of(token, by=by)
    if identity.verified_at is None:
        identity.verified_at = now
        identity.save(update_fields=["verified_at"])
    return identity


def _one_line(name: str) -> str:
    return " ".join(name.replace("\0", "").split())[:100]
