"""Planner settings for the queries of the people list.

PostgreSQL knows how many people match, but not where in an order they stand, and guesses badly for
a word that only people at the end of the order have. So the list counts first, and then says which
way to take.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import QueryCanceled

from people.models import Person

# A last resort; the aim is 100 ms.
TIMEOUT_MS = 5_000

# These queries are short: compiling them costs more than it gains. None may read the whole table.
_SHORT = (
    "SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '32MB';"
    " SET LOCAL random_page_cost = 1.1; "
)
_WALKING = _SHORT + "SET LOCAL enable_indexscan = on; "
_GATHERING = _SHORT + "SET LOCAL enable_indexscan = off; "


class Way(Enum):
    """How to find some of the people that match, when any will do."""

    # Meet people in the order they came, until there are enough: most match.
    WALK = auto()
    # An index leads straight to those that match.
    GATHER = auto()
    # The same for words, unless so many have them that it takes less time to meet some.
    SEARCH = auto()
    # From the rows of another table to their people.
    JOIN = auto()


TOO_SLOW = _("This search takes too long. Add a word or a filter.")


class TooSlow(Exception):
    """The database needs longer for this combination than a page may take."""


def expected_matches(people: QuerySet[Person]) -> int:
    """How many PostgreSQL expects to match, by its statistics; it does not look."""
    with short_queries():
        plan = people.order_by().values("pk").explain(format="json")
    # Django knows by itself of some queries that they find nothing.
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0


@contextmanager
def short_queries(
    *, gathering: bool = False, only_among: QuerySet[Person] | None = None
) -> Iterator[None]:
    """Within, each query is planned to be short, and raises TooSlow when it is not.

    With `gathering` it takes all that match from the indexes of its filters at once, instead of
    going along one index until it has enough. `only_among` are all the people there are for it:
    a common table expression stands in for the table, so that nothing outside it is looked at.
    """
    prefix, prefix_params = _GATHERING if gathering else _WALKING, ()
    prefix += f"SET LOCAL statement_timeout = {TIMEOUT_MS}; "
    if only_among is not None:
        sql, prefix_params = only_among.query.sql_with_params()
        prefix += f"WITH people_person AS ({sql}) "

    # In one message with the query: the settings last for this one and cost no round trip.
    def run(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        return execute(prefix + sql, (*prefix_params, *(params or ())), *rest)

    try:
        with connection.execute_wrapper(run):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
