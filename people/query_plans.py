"""Planner settings for the queries of the people list.

PostgreSQL knows how many people match, but not where in an order they stand, and guesses badly for
a word that only people at the end of the order have. The list counts first and then says which
way to take.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from psycopg2.errors import QueryCanceled

# A last resort; the aim is 100 ms.
TIMEOUT_MS = 5_000

# These queries are short: compiling them costs more than it gains. None may read the whole table.
_ALWAYS = (
    "SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '32MB';"
    f" SET LOCAL random_page_cost = 1.1; SET LOCAL statement_timeout = {TIMEOUT_MS}; "
)
_GATHER = _ALWAYS + "SET LOCAL enable_indexscan = off; "


class TooSlow(Exception):
    """The database needs longer for this combination than a page may take."""


@contextmanager
def walking() -> Iterator[None]:
    """Within, a query goes along an index in order and stops when it has enough."""
    with _settings(_ALWAYS):
        yield


@contextmanager
def gathering() -> Iterator[None]:
    """Within, a query gathers all that match from the indexes of the filters, then sorts."""
    with _settings(_GATHER):
        yield


@contextmanager
def _settings(prefix: str) -> Iterator[None]:
    # In one message with the query, so that they last for this one and cost no round trip.
    def run(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        return execute(prefix + sql, *rest)

    try:
        with connection.execute_wrapper(run):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
