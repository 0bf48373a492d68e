"""API tokens: made once, shown once, kept as a hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from admin_config.models import ApiToken, User, hash_secret

# Says what the secret is wherever one turns up, so that scanners and people recognise it.
SECRET_PREFIX = "actions_"  # noqa: S105 - not a secret
SHOWN_CHARACTERS = 12
LAST_USED_PRECISION = timedelta(minutes=1)


def create_api_token(*, user: User, name: str, now: datetime) -> tuple[ApiToken, str]:
    """Make a token; the secret (256 random bits) is returned here and can never be read again.

    Raises ValidationError for an empty name or one of more than 100 characters.
    """
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user=user,
        name=name.strip(),
        prefix=secret[:SHOWN_CHARACTERS],
        secret_hash=hash_secret(secret),
        created_at=now,
    )
    token.clean_fields(exclude={"last_used_at", "revoked_at"})
    token.save()
    return token, secret


def revoke_api_token(*, token: ApiToken, now: datetime) -> None:
    """End a token: the next request with it is refused. Revoking twice keeps the first date."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    token.refresh_from_db(fields=["revoked_at"])


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Remember when the token was last used, written at most once a minute."""
    stale = now - LAST_USED_PRECISION
    if token.last_used_at is not None and token.last_used_at > stale:
        return
    unrecorded = Q(last_used_at=None) | Q(last_used_at__lte=stale)
    ApiToken.objects.filter(unrecorded, pk=token.pk).update(last_used_at=now)


class ApiTokenAuthentication(TokenAuthentication):
    """`Authorization: Token <secret>`; `request.auth` is the ApiToken."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        token = (
            ApiToken.objects.select_related("user")
            .filter(secret_hash=hash_secret(key), revoked_at=None, user__is_active=True)
            .first()
        )
        if token is None:
            # One answer for unknown, revoked and deactivated: it tells a guesser nothing.
            raise AuthenticationFailed(_("This token is not valid."))
        note_use(token=token, now=timezone.now())
        return token.user, token
