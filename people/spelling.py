"""Words one slip away from a misspelt one that people here really have.

Every spelling one letter off is looked up in the indexes of names, companies and titles: some
hundred look-ups that miss cost less than comparing the word with everybody's.
"""

from collections.abc import Iterator

from django.db import connection

from people.query_plans import short_queries

MIN_LENGTH = 4
MAX_LENGTH = 24
MAX_SPELLINGS = 5
LETTERS = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïñòóôõöøùúûüýßąćęłńśźżčěřšžőű0123456789"

# A company or a title also counts when the word is its first of several.
_KNOWN = """
SELECT word FROM unnest(%s) WITH ORDINALITY AS spelling (word, rank)
WHERE EXISTS (SELECT FROM people_person
              WHERE state = 'ACTIVE' AND lower(last_name) COLLATE "C" = word)
   OR EXISTS (SELECT FROM people_person
              WHERE state = 'ACTIVE' AND lower(first_name) COLLATE "C" = word)
   OR EXISTS (SELECT FROM people_person
              WHERE state = 'ACTIVE' AND lower(company) COLLATE "C" >= word
              AND lower(company) COLLATE "C" < word || '!')
   OR EXISTS (SELECT FROM people_person
              WHERE state = 'ACTIVE' AND lower(title) COLLATE "C" >= word
              AND lower(title) COLLATE "C" < word || '!')
ORDER BY rank LIMIT %s
"""


def known_spellings(word: str) -> list[str]:
    """Words that somebody here has and that are one slip away from this one, likeliest first."""
    if not MIN_LENGTH <= len(word) <= MAX_LENGTH:
        return []
    nearby = [near for near in dict.fromkeys(_one_slip_away(word)) if near != word]
    with short_queries(), connection.cursor() as cursor:
        cursor.execute(_KNOWN, [nearby, MAX_SPELLINGS])
        return [found for (found,) in cursor.fetchall()]


def _one_slip_away(word: str) -> Iterator[str]:
    """The likeliest slips first: two letters swapped, one doubled or missing, one wrong."""
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1)
    yield from (a + b[1:] for a, b in splits if b)
    yield from (a + letter + b for a, b in splits for letter in LETTERS)
    yield from (a + letter + b[1:] for a, b in splits if b for letter in LETTERS)
