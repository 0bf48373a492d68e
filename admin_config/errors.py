"""What a settings page may refuse to do, in words for the person who asked."""


class Refused(Exception):
    """The change was not made; `message` says why and what to do instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
