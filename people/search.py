"""Words looked for in people, so that PostgreSQL can use the trigram index on `search_text`."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from people.phone_numbers import is_number_with_letters, is_part_of_number, without_marks
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
    query = _words_and_numbers(words, _as_written)
    if is_number_with_letters(text):
        query |= Q(search_text__contains=without_marks("".join(words)))
    return query & _all_of(_as_written(word, column) for word in words) if column else query


def has_similar_words(text: str) -> Q:
    """People with a word like each word of `text`, and with its numbers.

    A word that somebody has stays as it is, unless all are such words. Another gives way to those
    one slip away from it or, when there is none, to words with many of its three-letter pieces.
    """
    words = words_of(text)
    spellings = known_spellings([word for word in words if not is_part_of_number(word)])
    is_each_known = all(word in known for word, known in spellings.items())

    def similar(word: str) -> Q:
        known = spellings[word]
        if not known:
            return _as_written(word) | Q(search_text__trigram_word_similar=word)
        stays = word in known and not is_each_known
        return _any_of(map(_as_written, [word] if stays else known))

    return _words_and_numbers(words, similar)


def _words_and_numbers(words: Iterable[str], find_word: Callable[[str], Q]) -> Q:
    query = Q()
    for is_number, neighbours in groupby(words, key=is_part_of_number):
        parts = list(neighbours)
        query &= _number(parts) if is_number else _all_of(map(find_word, parts))
    return query


def _number(parts: Sequence[str]) -> Q:
    """A phone number whose digits `search_text` has together, or numbers here and there."""
    apart = _all_of(
        _any_of(map(_as_written, dict.fromkeys([part, without_marks(part)]))) for part in parts
    )
    digits = without_marks("".join(parts))
    if len(digits) < MIN_SUBSTRING or [digits] == parts:
        return apart
    return apart | Q(search_text__contains=digits)


def _as_written(word: str, field: str = "search_text") -> Q:
    return Q(*_places(word, field))


def _all_of(queries: Iterable[Q]) -> Q:
    return Q(*queries)


def _any_of(queries: Iterable[Q]) -> Q:
    return Q(*queries, _connector=Q.OR)


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
