"""The files of an email that is being written: uploaded ones and those kept from before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from activities.emails.files import MEGABYTE, delete_file, files_of, refuse_too_large, store_file
from activities.emails.forms import chosen_files
from activities.emails.models import StoredFile
from people.errors import Refused
from people.selection import is_id
from people.views.requests import Request


@require_POST
def files(request: Request) -> HttpResponse:
    """The list of files with what was uploaded or added, and without what was removed.

    The list is part of the form; it becomes part of the email with the next save. A kept file that
    is deleted makes room for another at once.
    """
    chosen = chosen_files(request.POST, user=request.user)
    deleted = request.POST.get("delete", "")
    if is_id(deleted) and (kept := files_of(request.user).filter(pk=deleted).first()):
        delete_file(file=kept, now=timezone.now())
    context: dict[str, Any] = {}
    upload = request.FILES.get("upload")
    try:
        if upload:
            chosen.append(_stored(request, upload))
    except Refused as refusal:
        context["file_refusal"] = str(refusal)
    removed = request.POST.get("remove", "")
    context |= file_context(
        request,
        files=[file for file in chosen if str(file.pk) != removed],
        tracked=set(request.POST.getlist("tracked")),
    )
    response = render(request, "emails/files.html", context)
    return trigger_client_event(response, "filesChanged", {}, after="swap")


def _stored(request: Request, upload: Any) -> StoredFile:
    # What is too large is not read into memory to say so.
    refuse_too_large(upload.size)
    return store_file(
        owner=request.user, name=upload.name, content=upload.read(), now=timezone.now()
    )


def file_context(
    request: Request, *, files: Sequence[StoredFile], tracked: Collection[str]
) -> dict[str, Any]:
    attached = [file for file in files if str(file.pk) not in tracked]
    chosen = {file.pk for file in files}
    return {
        "files": files,
        "tracked": tracked,
        "attached_bytes": sum(file.size for file in attached),
        "max_bytes": StoredFile.MAX_BYTES,
        "max_megabytes": StoredFile.MAX_BYTES // MEGABYTE,
        "max_files": StoredFile.MAX_PER_USER,
        "other_files": [file for file in files_of(request.user) if file.pk not in chosen],
    }
