"""Downloading a bulk extract's file (doc: bulk-lead-extract.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError

from syncing.errors import Permanent, Transient
from syncing.marketo.records import LeadExport
from syncing.marketo.transport import Endpoint, Transport

_CHUNK = 256 * 1024
_PARTIAL = 206


def file_chunks(transport: Transport, export: LeadExport, *, offset: int) -> Iterator[bytes]:
    """The bytes of an export's file from `offset` on, over as many connections as it takes.

    Raises Transient when the file stays short, Permanent when it is gone ("404") or not the
    announced one ("416"), and Transient("checksum") when that is wrong. Only who reads a file from
    its first byte to its last in one go can tell: what is read on from an offset is checked by its
    size alone, for half a checksum cannot be kept.
    """
    endpoint = Endpoint("GET", f"/bulk/v1/leads/export/{export.export_id}/file.json", 60)
    digest = hashlib.sha256()
    position = offset
    retries = transport.retries()
    while export.file_size is None or position < export.file_size:
        try:
            for chunk in _one_connection(transport, endpoint, position):
                position += len(chunk)
                digest.update(chunk)
                retries = transport.retries()
                yield chunk
            if export.file_size is None:
                break
            _refuse_short(position, export.file_size)
        except Transient as error:
            retries.wait_after(error)
    if export.file_size is not None and position > export.file_size:
        raise Permanent("The export file is longer than Marketo said.")
    if offset == 0 and export.checksum not in {"", f"sha256:{digest.hexdigest()}"}:
        raise Transient("The export file's checksum is wrong.", code="checksum")


def _one_connection(transport: Transport, endpoint: Endpoint, position: int) -> Iterator[bytes]:
    with transport.stream(endpoint, first_byte=position) as response:
        surplus = _surplus(response, position)
        try:
            # Whatever has arrived: a full chunk would be lost when the connection breaks.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                transport.count_bytes(len(chunk))
                if surplus < len(chunk):
                    yield chunk[surplus:]
                surplus = max(0, surplus - len(chunk))
        except HTTPError:
            pass
        else:
            return
    # Outside the except clause: urllib3's error would carry the connection along.
    raise Transient("The download broke off.")


def _surplus(response: requests.Response, position: int) -> int:
    """How many bytes to leave out: a server may send the whole file although asked for a range."""
    if response.status_code != _PARTIAL:
        return position
    # A part of a compressed file begins anywhere but at that byte of the file.
    is_plain = response.headers.get("Content-Encoding", "identity") == "identity"
    if not (
        is_plain and response.headers.get("Content-Range", "").startswith(f"bytes {position}-")
    ):
        raise Transient("Marketo sent another part of the file than the one asked for.")
    return 0


def _refuse_short(position: int, file_size: int) -> None:
    if position < file_size:
        raise Transient("The export file ended early.")
