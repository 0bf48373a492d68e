"""The rule, as a table: an opt-out on either side is one on both; nothing ever takes one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, IntEnum, auto

from people.models import Unsubscribe
from syncing.salesforce_settings.setup_check import OPT_OUT


class Here(IntEnum):
    """How somebody stands here; of several who share a record the highest counts."""

    SUBSCRIBED = 0
    # Unsubscribed because Salesforce said so.
    BY_SALESFORCE = 1
    # Unsubscribed here: by a link, by hand, by a complaint.
    BY_US = 2


class Step(Enum):
    """What follows for a record in Salesforce."""

    NOTHING = auto()
    WRITE = auto()
    # Somebody cleared it there while it stood here.
    WRITE_AGAIN = auto()
    LEAVE_CLEARED = auto()


def here_of(source: str) -> Here:
    is_from_there = source == Unsubscribe.Source.SALESFORCE
    return Here.BY_SALESFORCE if is_from_there else Here.BY_US


def missing_in(flags: Mapping[str, bool], here: Here, chosen: Sequence[str]) -> list[str]:
    """The fields of a record that should be ticked and are not.

    The sales field tells the opt-outs of sellers' emails apart, so that only those made here are
    written to it.
    """
    wanted = {
        Here.SUBSCRIBED: (),
        Here.BY_SALESFORCE: (OPT_OUT,),
        Here.BY_US: tuple(chosen),
    }[here]
    return [name for name in wanted if flags.get(name) is False]


def step_for(
    flags: Mapping[str, bool],
    here: Here,
    chosen: Sequence[str],
    *,
    was_opted_out: bool,
    is_firm: bool,
) -> Step:
    """`was_opted_out` is what we knew of the record; `is_firm` insists on what was cleared there.

    A cleared record stays cleared until the night, so that an admin can take the unsubscribe back
    on both sides.
    """
    if not missing_in(flags, here, chosen):
        return Step.NOTHING
    if not was_opted_out or any(flags.values()):
        return Step.WRITE
    return Step.WRITE_AGAIN if is_firm else Step.LEAVE_CLEARED
