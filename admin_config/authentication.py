"""How the user of a session is loaded."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AccountBackend

from admin_config.models import User
from admin_config.salesforce.notices import knowing_of_notices


class AuthenticationBackend(AccountBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> User | None:
        """With what most pages would look up: columns of the people list, whether there is news."""
        users = knowing_of_notices(User.objects.select_related("people_list_settings"))
        user = users.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
