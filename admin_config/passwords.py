"""The password rules: at least 9 characters, upper and lower case, a digit, a special character."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class CharacterClassesValidator:
    CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")

    def validate(self, password: str, user: object = None) -> None:
        if not all(re.search(pattern, password) for pattern in self.CLASSES):
            raise ValidationError(self.get_help_text(), code="password_character_classes")

    def get_help_text(self) -> str:
        return _(
            "Your password needs upper-case and lower-case letters, a digit "
            "and a special character."
        )
