"""Phone numbers are looked up by their digits, however they are written."""

import re

from django.db.models import CharField, Func

# Spaces (two of them do not break), brackets, hyphens of three kinds, and what else stands between
# the digits of a number.
MARKS = " \u00a0\u202f()[]+-\u2010\u2011\u2013./"
# Of a number that somebody would write an extension behind.
FEWEST_DIGITS = 6

_WITHOUT_MARKS = str.maketrans(dict.fromkeys(MARKS))
_NUMBER = re.compile(f"[0-9{re.escape(MARKS)}]+")


class WithoutMarks(Func):
    """A phone number's digits next to each other; letters, of an extension say, stay."""

    function = "TRANSLATE"
    arity = 1
    template = f"%(function)s(%(expressions)s, '{MARKS}', '')"
    output_field = CharField()


def is_part_of_number(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None


def is_number_with_letters(text: str) -> bool:
    """Whether this may be all of a number with an extension, say."""
    digits = sum(letter.isdigit() for letter in text)
    return digits >= FEWEST_DIGITS and "@" not in text and not is_part_of_number(text)


def without_marks(text: str) -> str:
    return text.translate(_WITHOUT_MARKS)
