import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncing.errors import Permanent
from syncing.marketo.csv_rows import read_batches
from tests.nasty import NASTY

# What Marketo itself may send beyond what the whole suite is tried with.
TEXTS = [*NASTY, "\r", "trailing return\r", "", 'say "null" now', "x" * 65_536]
SHORT = [text for text in TEXTS if len(text) < 100]


def written(rows, terminator="\n"):
    """A file as Marketo writes it: absence is a bare null, text that looks like it is quoted."""
    return "".join(",".join(map(_field, row)) + terminator for row in rows).encode()


def _field(value):
    if value is None:
        return "null"
    if value == "null" or any(special in value for special in '",\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def read(data, *, chunk=64 * 1024, offset=0, columns=None):
    chunks = (data[start : start + chunk] for start in range(offset, len(data), chunk))
    return list(read_batches(chunks, offset=offset, columns=columns))


def rows_of(batches):
    return [row for batch in batches for row in batch.rows]


@pytest.mark.parametrize("terminator", ["\n", "\r\n"])
@pytest.mark.parametrize("chunk", [11, 64 * 1024])
def test_every_text_comes_through_as_it_is(terminator, chunk):
    rows = [[str(number), text, None] for number, text in enumerate(TEXTS)]

    batches = read(written([["id", "text", "none"], *rows], terminator), chunk=chunk)

    assert rows_of(batches) == rows
    assert {batch.columns for batch in batches} == {("id", "text", "none")}


@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.just("null"), st.text(st.characters(codec="utf-8"))),
            st.one_of(st.none(), st.text('",\r\nnul ')),
        ),
        max_size=20,
    ),
    chunk=st.integers(1, 50),
    terminator=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_was_written_is_read_but_for_nul_bytes(rows, chunk, terminator):
    data = written([["a", "b"], *rows], terminator)

    found = rows_of(read(data, chunk=chunk))

    assert found == [[value and value.replace("\0", "") for value in row] for row in rows]


def test_a_bare_null_is_absent_and_a_quoted_one_is_text():
    data = b'id,a,b\n1,null,"null"\n"null",null,null\n'

    assert rows_of(read(data)) == [["1", None, "null"], ["null", None, None]]


def test_a_carriage_return_outside_of_quotes_is_text():
    assert rows_of(read(b"id,a\n1,x\ry\n2,z\r\r\n")) == [["1", "x\ry"], ["2", "z\r"]]


def test_nul_bytes_are_left_out():
    assert rows_of(read(b'id,a\n1,x\0y\n2,"\0null"\n')) == [["1", "xy"], ["2", "null"]]


def test_bytes_that_are_not_utf8_spoil_their_character_only():
    assert rows_of(read(b"id,a\n1,x\xffy\n2,z\n")) == [["1", "x\ufffdy"], ["2", "z"]]


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert read("\ufeffid,a\n1,x\n".encode())[0].columns == ("id", "a")


def test_a_row_that_does_not_fit_is_reported_and_the_file_goes_on():
    [batch] = read(b'id,a\n1,x\n2\n3,y,z\n\n4,"open quote\n')

    assert batch.rows == [["1", "x"], ["4", "open quote\n"]]
    assert [row.values for row in batch.bad_rows] == [("2",), ("3", "y", "z"), ()]
    assert batch.bad_rows[0].reason == "has not 2 columns"


def test_a_field_without_an_end_costs_its_rows_but_not_the_file():
    swallowed = "".join(f"{number},x\n" for number in range(50_000))
    batches = read(f'id,a\n1,"no end\n{swallowed}'.encode())

    assert any("field larger" in row.reason for batch in batches for row in batch.bad_rows)
    assert rows_of(batches)[-1] == ["49999", "x"]


@pytest.mark.parametrize("terminator", ["\n", "\r\n"])
def test_reading_goes_on_exactly_where_a_batch_ended(terminator):
    rows = [[str(number), SHORT[number % len(SHORT)]] for number in range(2_020)]
    data = written([["id", "text"], *rows], terminator)
    batches = read(data)
    assert [len(batch.rows) for batch in batches] == [1000, 1000, 20]

    for number, batch in enumerate(batches):
        rest = read(data, offset=batch.next_offset, columns=batch.columns)
        assert rows_of(rest) == rows[1000 * (number + 1) :]
    assert batches[-1].next_offset == len(data)


def test_a_last_line_without_an_end_is_read():
    [batch] = read(b"id,a\n1,x\n2,y")

    assert batch.rows == [["1", "x"], ["2", "y"]]
    assert batch.next_offset == len(b"id,a\n1,x\n2,y")


@pytest.mark.parametrize("data", [b"", b"id,a\n"])
def test_a_file_without_rows_has_no_batches(data):
    assert read(data) == []


def test_memory_does_not_grow_with_the_file():
    def peak(number):
        lines = (b"%d,%s\n" % (line, b"x" * 200) for line in range(number))
        tracemalloc.start()
        for _ in read_batches(lines, offset=0, columns=("id", "a")):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(60_000) < 1.3 * peak(20_000)


def test_endless_bytes_without_a_line_are_no_table():
    with pytest.raises(Permanent, match="not a table"):
        read(b"x" * (17 * 1024 * 1024), chunk=1024 * 1024)


def test_our_writer_agrees_with_the_csv_module():
    rows = [[text, "x"] for text in TEXTS]

    assert list(csv.reader(io.StringIO(written(rows).decode(), newline=""))) == rows
