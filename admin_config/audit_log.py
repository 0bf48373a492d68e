"""The audit log page: filters, and paging by the last event seen."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action
from admin_config.models import AuditEvent, User

PAGE_SIZE = 50


class AuditFilterForm(forms.Form):
    actor = forms.ModelChoiceField(
        label=_("Who"),
        queryset=User.objects.order_by("first_name", "last_name", "email"),
        required=False,
        empty_label=_("Anyone"),
    )
    action = forms.ChoiceField(
        label=_("What"), choices=[("", _("Anything")), *Action.choices], required=False
    )
    target = forms.CharField(label=_("On"), max_length=255, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)


@require_safe
@admin_required
def audit_log(request: SignedInRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    criteria = form.cleaned_data if form.is_valid() else {}
    page = list(matching(**criteria)[: PAGE_SIZE + 1])
    older = request.GET.copy()
    if len(page) > PAGE_SIZE:
        older["before"] = str(page[PAGE_SIZE - 1].pk)
    context = {
        "form": form,
        "events": page[:PAGE_SIZE],
        "older": older.urlencode() if len(page) > PAGE_SIZE else "",
        "is_filtered": any(criteria.values()),
    }
    return render(request, "admin_config/audit_log.html", context)


def matching(
    *,
    actor: User | None = None,
    action: str = "",
    target: str = "",
    since: date | None = None,
    until: date | None = None,
    before: int | None = None,
) -> QuerySet[AuditEvent]:
    """Events, newest first; the days are the current time zone's, `before` an event's id."""
    wanted = Q()
    if actor:
        wanted &= Q(actor=actor)
    if action:
        wanted &= Q(action=action)
    if target:
        wanted &= Q(target__icontains=target)
    if since:
        wanted &= Q(happened_at__gte=_midnight(since))
    if until:
        wanted &= Q(happened_at__lt=_midnight(until + timedelta(days=1)))
    if before:
        wanted &= _older_than(before)
    return AuditEvent.objects.filter(wanted).select_related("actor").order_by("-happened_at", "-id")


def _older_than(event_id: int) -> Q:
    last = AuditEvent.objects.filter(pk=event_id).first()
    if last is None:
        return Q()
    return Q(happened_at__lt=last.happened_at) | Q(happened_at=last.happened_at, pk__lt=last.pk)


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def describe(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Each detail by name, with its value or "before → after"."""
    return [(name.replace("_", " "), _value(value)) for name, value in details.items()]


def _value(value: Any) -> str:
    if isinstance(value, list):
        before, after = value
        return f"{before or '–'} → {after or '–'}"
    return "–" if value == "" else str(value)
