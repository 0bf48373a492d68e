"""Tables as CSV, sent while they are read."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

from people.exporting import BYTE_ORDER_MARK, as_text


class Echo:
    """A file that hands back what is written to it, for streaming with the csv module."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    *, name: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    # The mark makes spreadsheets read UTF-8.
    yield BYTE_ORDER_MARK + writer.writerow(map(str, header))
    for row in rows:
        yield writer.writerow(as_text(str(cell)) for cell in row)
