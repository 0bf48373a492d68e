"""The set-up check: what Marketo lacks of our activity types, and giving it that.

A type is drafted, given its attributes and approved; only then it takes activities. What is there
already is never renamed or deleted, so the check may be repeated at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from syncing.connections import instance_host
from syncing.delivery.catalogue import TYPES, Attribute, TypeDeclaration
from syncing.delivery.models import MarketoActivityLog
from syncing.errors import Permanent, SyncError
from syncing.marketo import CustomActivityType, CustomAttribute, MarketoClient
from syncing.models import MarketoConnection

MOST_TYPES = 10
MOST_ATTRIBUTES = 20
TOO_MANY_TYPES = "1027"


@dataclass(frozen=True, slots=True)
class TypePlan:
    """What is to be done about one type; nothing is done about a type with `conflicts`."""

    declared: TypeDeclaration
    known: CustomActivityType | None
    lacking: tuple[Attribute, ...]
    needs_approval: bool
    conflicts: tuple[str, ...] = ()

    @property
    def is_in_order(self) -> bool:
        return not (self.needs_approval or self.conflicts)

    @property
    def steps(self) -> list[str]:
        """In words; empty when there is nothing to do, or nothing that we could."""
        return [] if self.conflicts else list(self._steps())

    def _steps(self) -> Iterator[str]:
        if self.known is None:
            yield _("create it with the trigger “%(trigger)s” and the filter “%(filter)s”") % {
                "trigger": self.declared.trigger_name,
                "filter": self.declared.filter_name,
            }
        if self.lacking:
            names = ", ".join(attribute.name for attribute in self.lacking)
            yield ngettext(
                "add the attribute %(names)s", "add the attributes %(names)s", len(self.lacking)
            ) % {"names": names}
        if self.needs_approval:
            yield _("approve it")


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """`others` are the types that are not ours; they count when Marketo has no room for more."""

    types: tuple[TypePlan, ...]
    others: tuple[str, ...]

    @property
    def is_in_order(self) -> bool:
        return all(plan.is_in_order for plan in self.types)

    @property
    def has_steps(self) -> bool:
        return any(plan.steps for plan in self.types)

    @property
    def is_too_much(self) -> bool:
        """Whether Marketo is likely to refuse some for want of room."""
        return len(self.others) + len(self.types) > MOST_TYPES


def make_plan(client: MarketoClient) -> SetupPlan:
    """Compare what is there with what is declared; changes nothing. Raises SyncError."""
    listed = client.custom_activities.types()
    by_name = {known.api_name.lower(): known for known in listed}
    ours = {declared.api_name for declared in TYPES}
    plans = [
        _compare(client, declared, known)
        if (known := by_name.get(declared.api_name))
        else _plan_new(declared, listed)
        for declared in TYPES
    ]
    others = tuple(known.name for known in listed if known.api_name.lower() not in ours)
    return SetupPlan(tuple(plans), others)


def set_up(client: MarketoClient, marketo: MarketoConnection, *, now: datetime) -> SetupPlan:
    """Do what the plan says, and remember the ids of what is in order; returns how it is then.

    Raises SyncError with what went wrong, after remembering what went well.
    """
    problem = _carry_out(client, make_plan(client))
    after = make_plan(client)
    _remember(marketo, after, now=now)
    if problem:
        raise problem
    return after


def _plan_new(declared: TypeDeclaration, listed: Iterable[CustomActivityType]) -> TypePlan:
    ours = {declared.name, declared.trigger_name, declared.filter_name}
    conflicts = [
        _("The type “%(type)s” uses the name “%(name)s” already.")
        % {"type": known.name, "name": name}
        for known in listed
        for name in (known.name, known.trigger_name, known.filter_name)
        if name in ours
    ]
    return TypePlan(
        declared,
        known=None,
        lacking=declared.attributes,
        needs_approval=True,
        conflicts=tuple(conflicts),
    )


def _compare(
    client: MarketoClient, declared: TypeDeclaration, listed: CustomActivityType
) -> TypePlan:
    known = client.custom_activities.describe(listed.api_name, draft=listed.has_draft)
    there = {attribute.api_name: attribute for attribute in known.attributes}
    lacking = tuple(one for one in declared.attributes if one.api_name not in there)
    return TypePlan(
        declared,
        known=listed,
        lacking=lacking,
        needs_approval=bool(lacking) or listed.has_draft or not listed.is_approved,
        conflicts=tuple(_conflicts(declared, known, there, len(there) + len(lacking))),
    )


def _conflicts(
    declared: TypeDeclaration,
    known: CustomActivityType,
    there: dict[str, CustomAttribute],
    attributes: int,
) -> Iterator[str]:
    """What we cannot mend: names, the primary attribute and data types are frozen once in use."""
    pairs = (
        (_("Its name"), known.name, declared.name),
        (_("Its trigger"), known.trigger_name, declared.trigger_name),
        (_("Its filter"), known.filter_name, declared.filter_name),
        (
            _("Its primary attribute"),
            known.primary.api_name if known.primary else "",
            declared.primary.api_name,
        ),
        *(
            (
                _("The data type of its attribute %s") % wanted.name,
                there[wanted.api_name].data_type,
                wanted.data_type,
            )
            for wanted in declared.attributes
            if wanted.api_name in there
        ),
    )
    for what, is_now, wanted_value in pairs:
        if is_now != wanted_value:
            yield _("%(what)s is “%(is)s” in Marketo, and should be “%(should)s”.") % {
                "what": what,
                "is": is_now,
                "should": wanted_value,
            }
    if attributes > MOST_ATTRIBUTES:
        yield _("It would have %(count)d attributes; Marketo allows %(most)d.") % {
            "count": attributes,
            "most": MOST_ATTRIBUTES,
        }


def _carry_out(client: MarketoClient, plan: SetupPlan) -> SyncError | None:
    """Type by type; the first error ends it."""
    try:
        for one in plan.types:
            if not one.is_in_order and not one.conflicts:
                _give(client, one)
    except Permanent as error:
        return _too_many(plan, error) if error.code == TOO_MANY_TYPES else error
    except SyncError as error:
        return error
    return None


def _give(client: MarketoClient, plan: TypePlan) -> None:
    declared, types = plan.declared, client.custom_activities
    if plan.known is None:
        types.create(
            api_name=declared.api_name,
            name=declared.name,
            trigger_name=declared.trigger_name,
            filter_name=declared.filter_name,
            description=declared.description,
            primary=_as_marketo_has_it(declared.primary),
        )
    if plan.lacking:
        types.add_attributes(declared.api_name, list(map(_as_marketo_has_it, plan.lacking)))
    types.approve(declared.api_name)


def _as_marketo_has_it(attribute: Attribute) -> CustomAttribute:
    return CustomAttribute(attribute.api_name, attribute.name, attribute.data_type)


def _too_many(plan: SetupPlan, error: Permanent) -> Permanent:
    return Permanent(
        _(
            "Marketo takes no more custom activity types (usually %(most)d). Delete some of these"
            " there, or ask Marketo for more: %(names)s."
        )
        % {"most": MOST_TYPES, "names": ", ".join(plan.others)},
        code=error.code,
        request_id=error.request_id,
    )


def _remember(marketo: MarketoConnection, plan: SetupPlan, *, now: datetime) -> None:
    MarketoActivityLog.store(
        types={
            one.declared.kind: {"api_name": one.known.api_name, "id": one.known.id}
            for one in plan.types
            if one.is_in_order and one.known
        },
        host=instance_host(marketo.base_url),
        checked_at=now,
    )


def words_of(plan: Sequence[TypePlan]) -> Iterator[str]:
    """A line for each type."""
    for one in plan:
        if one.conflicts:
            yield f"{one.declared.name}: {' '.join(one.conflicts)}"
        elif one.steps:
            yield f"{one.declared.name}: {', '.join(one.steps)}"
        else:
            yield _("%s: in order") % one.declared.name
