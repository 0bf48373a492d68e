"""How the user of a session is loaded."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AccountBackend

from admin_config.models import User


class AuthenticationBackend(AccountBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> User | None:
        """With the columns of their people list, which most pages of theirs would look up."""
        user = User.objects.select_related("people_list_settings").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
