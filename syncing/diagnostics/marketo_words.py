"""Marketo's codes for one record or one call in plain words, each with what to do.

Doc: Error codes, of records and of responses.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from syncing.salesforce.faults import Category

Words = tuple[Category, Promise, Promise]

_BY_ITSELF = _("Nothing to do: it is tried again by itself.")
_CHECK_THE_SET_UP = _("Check the set-up in Settings › Marketo › Activities, then try again.")
_RECONNECT = (
    Category.AUTHENTICATION,
    _("Marketo does not accept the credentials or the session."),
    _("Test the connection in Settings › Marketo."),
)
_NOT_AVAILABLE = (Category.INTERMITTENT, _("Marketo was not available."), _BY_ITSELF)

MARKETO: Mapping[str, Words] = {
    "600": _RECONNECT,
    "601": _RECONNECT,
    "602": _RECONNECT,
    "603": (
        Category.AUTHENTICATION,
        _("The API user's role in Marketo lacks a permission."),
        _("Give it Read-Write Activity in Marketo, then try again."),
    ),
    "604": (Category.INTERMITTENT, _("Marketo took too long."), _BY_ITSELF),
    "606": (Category.INTERMITTENT, _("Too many calls in a short time."), _BY_ITSELF),
    "607": (
        Category.INTERMITTENT,
        _("Marketo's daily limit of API calls is used up."),
        _("It goes on by itself when the limit is new, at midnight in Marketo's time."),
    ),
    "608": _NOT_AVAILABLE,
    "611": _NOT_AVAILABLE,
    "614": _NOT_AVAILABLE,
    "615": (Category.INTERMITTENT, _("Too many calls at the same time."), _BY_ITSELF),
    "713": _NOT_AVAILABLE,
    "1001": (
        Category.VALIDATION,
        _("Marketo does not take one of the values."),
        _CHECK_THE_SET_UP,
    ),
    "1002": (Category.VALIDATION, _("Marketo misses a value."), _CHECK_THE_SET_UP),
    "1003": (
        Category.VALIDATION,
        _("The type in Marketo is not as it was set up."),
        _CHECK_THE_SET_UP,
    ),
    "1004": (
        Category.OTHER,
        _("Marketo has no such person any more."),
        _("If the person was merged, try again after the next sync; otherwise ignore it."),
    ),
    "1049": (
        Category.VALIDATION,
        _("The attributes are too long for Marketo."),
        _("Nothing can be done about this one: ignore it."),
    ),
}
