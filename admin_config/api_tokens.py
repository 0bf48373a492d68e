"""API keys: made once, shown once, kept as a hash."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from admin_config.models import User


class ApiTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, None] | None:
        return None
