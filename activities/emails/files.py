"""Files sellers upload, and which of them go with an email."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Prefetch, QuerySet, Sum
from django.utils.translation import gettext as _

from activities.emails.models import Email, EmailFile, StoredFile, Template
from people.errors import Refused

MEGABYTE = 1024 * 1024
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def files_of(user: Any) -> QuerySet[StoredFile]:
    """The files a user may attach, newest first, without their content."""
    return (
        StoredFile.objects.filter(owner=user, deleted_at=None)
        .defer("content")
        .order_by("-created_at", "-pk")
    )


def refuse_too_large(size: int) -> None:
    """Raises Refused for a file of so many bytes that is not stored."""
    if size > StoredFile.MAX_BYTES:
        limit = StoredFile.MAX_BYTES // MEGABYTE
        raise Refused(_("A file has at most %(limit)d MB.") % {"limit": limit})


@transaction.atomic
def store_file(*, owner: Any, name: str, content: bytes, now: datetime) -> StoredFile:
    """Keep an uploaded file. Raises Refused when it is empty, too large or one too many."""
    if not content:
        raise Refused(_("This file is empty."))
    refuse_too_large(len(content))
    # Two uploads at once do not both become the last one allowed.
    get_user_model().objects.select_for_update(no_key=True).get(pk=owner.pk)
    if files_of(owner).count() >= StoredFile.MAX_PER_USER:
        limit = StoredFile.MAX_PER_USER
        raise Refused(_("You have %(limit)d files already. Delete one first.") % {"limit": limit})
    name = _UNFIT.sub("_", name).strip(". ")[-255:] or "file"
    return StoredFile.objects.create(
        owner=owner,
        name=name,
        # By the name: what a browser claims would go on to the reader unchecked.
        content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        size=len(content),
        content=content,
        created_at=now,
    )


@transaction.atomic
def delete_file(*, file: StoredFile, now: datetime) -> None:
    """Out of its owner's sight; emails that hold it keep it."""
    if EmailFile.objects.filter(file=file).exists() or Template.objects.filter(files=file).exists():
        StoredFile.objects.filter(pk=file.pk).update(deleted_at=now)
    else:
        StoredFile.objects.filter(pk=file.pk).delete()


@transaction.atomic
def attach(
    *,
    email: Email,
    files: Iterable[StoredFile] | None = None,
    tracked_files: Iterable[StoredFile] | None = None,
) -> None:
    """Have exactly these files go with the email; None leaves what there is of that kind.

    Raises Refused when what is attached would make the email too large.
    """
    for chosen, is_tracked in ((files, False), (tracked_files, True)):
        if chosen is None:
            continue
        wanted = {file.pk for file in chosen}
        email.files.filter(is_tracked=is_tracked).exclude(file__in=wanted).delete()
        EmailFile.objects.bulk_create(
            [EmailFile(email=email, file_id=pk, is_tracked=is_tracked) for pk in sorted(wanted)],
            update_conflicts=True,
            unique_fields=["email", "file"],
            update_fields=["is_tracked"],
        )
    if attached_bytes(email) > StoredFile.MAX_BYTES:
        limit = StoredFile.MAX_BYTES // MEGABYTE
        raise Refused(
            _("The files attached to one email have at most %(limit)d MB together.")
            % {"limit": limit}
        )


def files_without_content() -> Prefetch[str]:
    """An email's files for `prefetch_related`; their content is loaded when it is sent."""
    files = EmailFile.objects.select_related("file").defer("file__content").order_by("pk")
    return Prefetch("files", queryset=files)


def attached_bytes(email: Email) -> int:
    attached = email.files.filter(is_tracked=False)
    return attached.aggregate(size=Sum("file__size"))["size"] or 0
