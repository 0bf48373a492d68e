"""Words one slip away from a misspelt one that people here really have.

Every spelling one letter off is looked up in the indexes of names, companies and titles: some
hundred look-ups that miss cost less than comparing the word with everybody's.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db import connection

from people.query_plans import short_queries

MIN_LENGTH = 4
MAX_LENGTH = 24
MAX_SPELLINGS = 5
# For all words together; even the longest word alone has fewer.
MAX_CANDIDATES = 4_000
LETTERS = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïñòóôõöøùúûüýßąćęłńśźżčěřšžőű0123456789"

# One look into an index each, as scalar subqueries: PostgreSQL would hash the whole table for an
# EXISTS. Each asks for a range in the order of its index, even for equality: else PostgreSQL may
# walk another index in the hope of meeting the word soon. A company or a title also counts when
# the word is its first of several.
_KNOWN = """
SELECT misspelt, word FROM unnest(%s, %s) WITH ORDINALITY AS spelling (misspelt, word, rank)
WHERE COALESCE(
    (SELECT true FROM people_person
     WHERE state = 'ACTIVE' AND lower(last_name) COLLATE "C" BETWEEN word AND word
     ORDER BY lower(last_name) COLLATE "C" LIMIT 1),
    (SELECT true FROM people_person
     WHERE state = 'ACTIVE' AND lower(first_name) COLLATE "C" BETWEEN word AND word
     ORDER BY lower(first_name) COLLATE "C" LIMIT 1),
    (SELECT true FROM people_person
     WHERE state = 'ACTIVE' AND lower(company) COLLATE "C" >= word
     AND lower(company) COLLATE "C" < word || '!'
     ORDER BY lower(company) COLLATE "C" LIMIT 1),
    (SELECT true FROM people_person
     WHERE state = 'ACTIVE' AND lower(title) COLLATE "C" >= word
     AND lower(title) COLLATE "C" < word || '!'
     ORDER BY lower(title) COLLATE "C" LIMIT 1)
)
ORDER BY rank
"""


def known_spellings(words: Sequence[str]) -> dict[str, list[str]]:
    """For each of these words, itself and those one slip away from it that somebody here has.

    At most MAX_SPELLINGS a word, the likeliest first. Several long words share MAX_CANDIDATES.
    """
    found: dict[str, list[str]] = {word: [] for word in words}
    guessable = [word for word in found if MIN_LENGTH <= len(word) <= MAX_LENGTH]
    if not guessable:
        return found
    share = MAX_CANDIDATES // len(guessable)
    candidates = [
        (word, near)
        for word in guessable
        for near in islice(dict.fromkeys([word, *_one_slip_away(word)]), share)
    ]
    misspelt, nearby = zip(*candidates, strict=True)
    with short_queries(), connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(misspelt), list(nearby)])
        for word, known in cursor.fetchall():
            found[word].append(known)
    return {word: known[:MAX_SPELLINGS] for word, known in found.items()}


def _one_slip_away(word: str) -> Iterator[str]:
    """The likeliest slips first: two letters swapped, one doubled or missing, one wrong."""
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1)
    yield from (a + b[1:] for a, b in splits if b)
    yield from (a + letter + b for a, b in splits for letter in LETTERS)
    yield from (a + letter + b[1:] for a, b in splits if b for letter in LETTERS)
