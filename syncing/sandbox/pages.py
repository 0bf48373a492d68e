"""The sandbox's own web pages: files on disk, under a strict policy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncing.sandbox.marketo.envelope import Reply

_TYPES = {
    ".html": "text/html;charset=UTF-8",
    ".css": "text/css;charset=UTF-8",
    ".js": "text/javascript;charset=UTF-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageFiles:
    """The files of one page, by the path they are served at."""

    def __init__(self, folder: Path, names: Mapping[str, str]) -> None:
        self._files = {path: folder / name for path, name in names.items()}

    def reply(self, path: str) -> Reply | None:
        """None when there is no such file."""
        file = self._files.get(path)
        if file is None:
            return None
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return Reply(200, file.read_bytes(), _TYPES[file.suffix], headers)
