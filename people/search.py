"""Words looked for in people, so that PostgreSQL can use the trigram index on `search_text`."""

import re
from collections.abc import Iterator

from django.db.models import Q

from people.spelling import known_spellings

MAX_WORDS = 8
# A trigram index finds a piece of text from this many letters on.
MIN_SUBSTRING = 3

_LETTERS = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a search, in lower case; what has no letter and no digit is left out."""
    words = text.replace("\x00", " ").lower().split()
    return [word for word in words if _LETTERS.search(word)][:MAX_WORDS]


def has_words(text: str, column: str = "") -> Q:
    """People with every word of `text` in one of the searched columns, or all in `column`.

    A word is found anywhere; one of one or two letters only where a word begins.
    """
    query = Q()
    for word in words_of(text):
        query &= Q(*_places(word, "search_text", ""))
        if column:
            query &= Q(*_places(word, column, "i"))
    return query


def has_similar_words(text: str) -> Q:
    """People with a word like each word of `text`.

    Either one slip away from it or, when no such word is known, with many of its three-letter
    pieces.
    """
    query = Q()
    for word in words_of(text):
        spellings = known_spellings(word)
        similar = Q(*(Q(*_places(each, "search_text", "")) for each in spellings), _connector=Q.OR)
        query &= Q(*_places(word, "search_text", "")) | (
            similar or Q(search_text__trigram_word_similar=word)
        )
    return query


def _places(word: str, field: str, case: str) -> Iterator[Q]:
    if max(len(letters) for letters in _LETTERS.findall(word)) >= MIN_SUBSTRING:
        yield Q(**{f"{field}__{case}contains": word})
        return
    yield (
        Q(**{f"{field}__{case}startswith": word})
        | Q(**{f"{field}__{case}contains": f" {word}"})
        | Q(**{f"{field}__{case}contains": f"\n{word}"})
    )
