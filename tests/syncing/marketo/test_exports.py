import gzip
import hashlib
import threading

import pytest

from syncing.errors import Permanent, Transient
from syncing.marketo import LeadExport, Priority, moment

from .canned import CUT_CONNECTION, canned_server, failure, raw_answer

FILE = b"id,name\n" + b"".join(b"%d,Name %d\n" % (n, n) for n in range(12_000))
ROWS = [[str(n), f"Name {n}"] for n in range(12_000)]


def export_of(data=FILE, **changes):
    values = {
        "export_id": "ce45",
        "status": LeadExport.COMPLETED,
        "file_size": len(data),
        "checksum": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "record_count": 12_000,
        "error": "",
        "created_at": moment("2026-08-01T10:00:00Z"),
        "finished_at": moment("2026-08-01T10:01:00Z"),
    }
    return LeadExport(**{**values, **changes})


def whole():
    return raw_answer(FILE, kind="text/csv;charset=UTF-8")


def part(start, stop=None, *, claims=None):
    """The rest of the file from `start`, of which no more than up to `stop` arrives."""
    return raw_answer(
        FILE[start:stop],
        status="206 Partial Content",
        length=len(FILE) - start,
        headers=[f"Content-Range: bytes {start if claims is None else claims}-{len(FILE) - 1}/*"],
    )


def rows_of(batches):
    return [row for batch in batches for row in batch.rows]


def ranges(server):
    return [request.headers.get("Range") for request in server.requests]


def test_a_file_is_read_in_batches_and_its_checksum_compared(client_of):
    with canned_server(whole()) as server:
        client = client_of(server)
        batches = list(client.lead_export_rows(export_of()))

    assert [len(batch.rows) for batch in batches] == [1000] * 12
    assert rows_of(batches) == ROWS
    assert batches[0].columns == ("id", "name")
    assert client.bytes_downloaded == len(FILE)
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_file_with_another_checksum_is_not_taken_for_whole(client_of):
    with canned_server(whole()) as server, pytest.raises(Transient) as error:
        list(client_of(server).lead_export_rows(export_of(checksum="sha256:83ac")))

    assert error.value.code == "checksum"


def test_a_broken_download_goes_on_where_it_broke(client_of):
    answers = [
        raw_answer(FILE[:70_001], length=len(FILE)),
        CUT_CONNECTION,
        part(70_001, 100_002),
        raw_answer(b"", status="502 Bad Gateway"),
        part(100_002),
    ]
    with canned_server(*answers) as server:
        batches = client_of(server).lead_export_rows(export_of())
        assert rows_of(batches) == ROWS

    middle = ["bytes=70001-", "bytes=70001-", "bytes=100002-", "bytes=100002-"]
    assert ranges(server) == [None, *middle]


def test_reading_goes_on_after_any_batch_in_another_process(client_of):
    with canned_server(whole()) as server:
        first, *_ = client_of(server).lead_export_rows(export_of())
    with canned_server(part(first.next_offset)) as server:
        rest = client_of(server).lead_export_rows(
            export_of(), offset=first.next_offset, header=first.columns
        )
        assert first.rows + rows_of(rest) == ROWS

    assert ranges(server) == [f"bytes={first.next_offset}-"]


def test_beyond_the_first_line_the_header_has_to_be_given(client_of):
    with canned_server() as server, pytest.raises(ValueError, match="header"):
        client_of(server).lead_export_rows(export_of(), offset=100)


def test_a_finished_file_resumed_at_its_end_costs_no_call(client_of):
    with canned_server() as server:
        batches = client_of(server).lead_export_rows(
            export_of(), offset=len(FILE), header=("id", "name")
        )
        assert list(batches) == []


def test_a_server_that_ignores_the_range_is_read_past_what_is_known(client_of):
    with canned_server(raw_answer(FILE[:70_001], length=len(FILE)), whole()) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_another_part_than_the_one_asked_for_is_not_taken(client_of):
    answers = [raw_answer(FILE[:70_001], length=len(FILE)), part(0, claims=0), part(70_001)]
    with canned_server(*answers) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_a_file_is_read_although_compressed(client_of):
    packed = raw_answer(gzip.compress(FILE), headers=["Content-Encoding: gzip"])
    with canned_server(packed) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_a_compressed_file_that_breaks_off_is_read_from_its_beginning(client_of):
    packed = gzip.compress(FILE)
    encoding = "Content-Encoding: gzip"
    answers = [
        raw_answer(packed[:20_000], length=len(packed), headers=[encoding]),
        raw_answer(packed, headers=[encoding]),
    ]
    with canned_server(*answers) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_a_part_of_a_compressed_file_is_of_no_use(client_of):
    compressed = raw_answer(
        gzip.compress(FILE)[70_001:],
        status="206 Partial Content",
        headers=[f"Content-Range: bytes 70001-{len(FILE) - 1}/*", "Content-Encoding: gzip"],
    )
    answers = [raw_answer(FILE[:70_001], length=len(FILE)), compressed, part(70_001)]
    with canned_server(*answers) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_the_rest_of_a_file_is_checked_by_its_size_alone(client_of):
    header = ("id", "name")
    offset = len(FILE) - 1000
    with canned_server(part(offset), *[part(offset, -10)] * 3) as server:
        client = client_of(server)
        export = export_of(checksum="sha256:83ac")
        assert rows_of(client.lead_export_rows(export, offset, header))[-1] == ROWS[-1]
        with pytest.raises(Transient):
            list(client.lead_export_rows(export, offset, header))


def test_a_file_that_stays_short_ends_in_an_error(client_of):
    shorts = [raw_answer(FILE[:70_000]), *[raw_answer(b"", status="206 Partial Content")] * 2]
    with canned_server(*shorts) as server, pytest.raises(Transient):
        list(client_of(server).lead_export_rows(export_of()))

    assert len(server.requests) == 3


def test_a_file_longer_than_announced_is_not_the_announced_one(client_of):
    with canned_server(whole()) as server, pytest.raises(Permanent, match="longer"):
        list(client_of(server).lead_export_rows(export_of(file_size=len(FILE) - 1)))


@pytest.mark.parametrize("status", ["404 Not Found", "416 Range Not Satisfiable"])
def test_a_file_that_is_gone_is_told_by_its_code(client_of, status):
    with (
        canned_server(raw_answer(b"no such file", status=status, kind="text/plain")) as server,
        pytest.raises(Permanent) as error,
    ):
        list(client_of(server).lead_export_rows(export_of()))

    assert error.value.code == status[:3]


def test_a_token_that_ended_is_replaced_before_a_download(client_of):
    with canned_server(failure("602"), whole()) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_a_token_that_ended_is_replaced_within_a_download(client_of):
    answers = [raw_answer(FILE[:70_001], length=len(FILE)), failure("602"), part(70_001)]
    with canned_server(*answers) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_an_error_instead_of_a_file_that_breaks_off_is_no_mystery(client_of):
    cut_off = raw_answer(b"<html>", status="502 Bad Gateway", length=1000)
    with canned_server(cut_off, whole()) as server:
        assert rows_of(client_of(server).lead_export_rows(export_of())) == ROWS


def test_a_download_that_is_refused_for_good_ends_at_once(client_of):
    with canned_server(failure("610")) as server, pytest.raises(Permanent):
        list(client_of(server).lead_export_rows(export_of()))


def test_a_download_that_is_left_gives_its_slot_back(client_of, budget_of):
    gate = threading.Event()

    def slow():
        gate.wait(5)
        return whole()

    with canned_server(slow) as server:
        client = client_of(server, Priority.BACKGROUND)
        batches = client.lead_export_rows(export_of())
        gate.set()
        next(batches)
        assert budget_of(server.base_url).status().in_flight == 1
        batches.close()
        assert budget_of(server.base_url).status().in_flight == 0


def test_a_download_keeps_its_slot_for_longer_than_its_lease(client_of, budget_of):
    with canned_server(whole()) as server:
        client = client_of(server, Priority.BACKGROUND, lease_seconds=1)
        budget = budget_of(server.base_url, in_flight=1)
        batches = client.lead_export_rows(export_of())
        next(batches)
        with (
            pytest.raises(Transient),
            budget.slot(priority=Priority.BACKGROUND, patience=2),
        ):
            pass
        batches.close()


def test_a_file_of_unknown_size_is_read_to_its_end(client_of):
    with canned_server(whole()) as server:
        batches = client_of(server).lead_export_rows(export_of(file_size=None, checksum=""))
        assert rows_of(batches) == ROWS
