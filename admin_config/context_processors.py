"""What the frame of every page shows."""

from typing import Any

from django.http import HttpRequest


def workspace(request: HttpRequest) -> dict[str, Any]:
    return {"sync_status": {"state": "off", "text": ""}}
