"""Words looked for in people, so that PostgreSQL can use the trigram index on `search_text`."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from people.phone_numbers import digits_of, is_part_of_number
from people.spelling import known_spellings

MAX_WORDS = 8
# A trigram index finds a piece of text from this many letters on.
MIN_SUBSTRING = 3

_LETTERS = re.compile(r"[^\W_]+")
# An address as far as the end of its domain, which so many share that it is slow to look up.
_RARE_PART = re.compile(r"[^@]*@[^.@]*(?=\.)")


def words_of(text: str) -> list[str]:
    """The words of a search, in lower case; what has no letter and no digit is left out."""
    words = text.replace("\x00", " ").lower().split()
    return [word for word in words if _LETTERS.search(word)][:MAX_WORDS]


def has_words(text: str, column: str = "") -> Q:
    """People with every word of `text` in one of the searched columns, or all in `column`.

    `column` is an alias of lower-case text. A word is found anywhere; one of one or two letters
    only where a word begins. A phone number is found however it is written. Nobody has a text
    without words.
    """
    words = words_of(text)
    if not words:
        return Q(pk__in=())
    query = Q()
    for is_number, neighbours in groupby(words, key=is_part_of_number):
        found = list(neighbours)
        query &= _number(found) if is_number else _all_of(found, "search_text")
    return query & _all_of(words, column) if column else query


def _number(parts: list[str]) -> Q:
    """A phone number whose digits `search_text` has together, or numbers here and there."""
    one_by_one = _all_of(parts, "search_text")
    digits = digits_of("".join(parts))
    if len(digits) < MIN_SUBSTRING or [digits] == parts:
        return one_by_one
    return Q(search_text__contains=digits) | one_by_one


def _all_of(words: Iterable[str], field: str) -> Q:
    return Q(*(Q(*_places(word, field)) for word in words))


def has_similar_words(text: str) -> Q:
    """People with a word like each word of `text`.

    A word that somebody has stays as it is, unless all are such words. Another gives way to those
    one slip away from it or, when there is none, to words with many of its three-letter pieces.
    """
    spellings = known_spellings(words_of(text))
    is_each_known = all(word in known for word, known in spellings.items())
    query = Q()
    for word, known in spellings.items():
        if not known:
            query &= Q(*_places(word, "search_text")) | Q(search_text__trigram_word_similar=word)
            continue
        stays = word in known and not is_each_known
        query &= _one_of([word] if stays else known)
    return query


def _one_of(words: Iterable[str]) -> Q:
    return Q(*(Q(*_places(word, "search_text")) for word in words), _connector=Q.OR)


def _places(word: str, field: str) -> Iterator[Q]:
    if not _has_piece(word):
        yield (
            Q(**{f"{field}__startswith": word})
            | Q(**{f"{field}__contains": f" {word}"})
            | Q(**{f"{field}__contains": f"\n{word}"})
        )
        return
    rare = _RARE_PART.match(word)
    if rare and _has_piece(rare[0]):
        whole = GreaterThan(StrIndex(field, Value(word)), 0)
        yield Q(whole, **{f"{field}__contains": rare[0]})
        return
    yield Q(**{f"{field}__contains": word})


def _has_piece(word: str) -> bool:
    """Whether there is something in it for the trigram index to find."""
    return max(map(len, _LETTERS.findall(word)), default=0) >= MIN_SUBSTRING
