"""How django-allauth behaves here: invited accounts only, secrets encrypted at rest."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from admin_config.models import User
from people.encrypted_field import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """Save this column only: an admin may be deactivating the account at this moment."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("settings:profile")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Not at the request's host, which whoever sends the request may choose."""
        user_key, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", args=[user_key, token])
        return str(settings.PUBLIC_URL) + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context = {**context, "public_url": settings.PUBLIC_URL}
        super().send_mail(template_prefix, email, context)


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)
