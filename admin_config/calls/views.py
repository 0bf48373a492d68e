"""The settings of calls: what is asked about a call, and how calls are made."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.calls.models import CallOutcome, CallReason, CallSettings
from admin_config.access import SignedInRequest, admin_required
from admin_config.calls import services
from admin_config.calls.forms import CallOptionsForm, OutcomeForm, ReasonForm
from admin_config.errors import Refused


class Kind(NamedTuple):
    """One of the two lists a seller chooses from."""

    name: str
    label: str | Promise
    singular: str | Promise
    model: type[CallOutcome] | type[CallReason]
    form: type[forms.ModelForm]  # type: ignore[type-arg]


KINDS = (
    Kind("outcomes", gettext_lazy("Outcomes"), gettext_lazy("Outcome"), CallOutcome, OutcomeForm),
    Kind("reasons", gettext_lazy("Reasons"), gettext_lazy("Reason"), CallReason, ReasonForm),
)


@require_safe
@admin_required
def calls(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admin_required
def options(request: SignedInRequest) -> HttpResponse:
    form = CallOptionsForm(request.POST)
    if not form.is_valid():
        return _page(request, options_form=form)
    services.set_options(options=form.cleaned_data, by=request.user, now=timezone.now())
    messages.success(request, _("The options of calls are saved."))
    return redirect("settings:calls")


@require_POST
@admin_required
def choice_add(request: SignedInRequest, kind: str) -> HttpResponse:
    wanted = _kind(kind)
    form = wanted.form(request.POST, prefix=kind)
    if form.is_valid():
        try:
            services.add_choice(choice=form.instance, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            return redirect("settings:calls")
    return _page(request, add_forms={kind: form})


@require_http_methods(["GET", "POST"])
@admin_required
def choice(request: SignedInRequest, kind: str, choice_id: int) -> HttpResponse:
    wanted, shown = _choice(kind, choice_id)
    form = wanted.form(request.POST or None, instance=shown)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_choice(choice=form.instance, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("%(name)s is saved.") % vars(shown))
            return redirect("settings:calls")
    context = {"form": form, "kind": wanted, "choice": shown}
    return render(request, "admin_config/calls/choice.html", context)


@require_POST
@admin_required
def choice_move(request: SignedInRequest, kind: str, choice_id: int) -> HttpResponse:
    _wanted, shown = _choice(kind, choice_id)
    up = request.POST.get("to") == "up"
    services.move_choice(choice=shown, up=up, by=request.user, now=timezone.now())
    return redirect("settings:calls")


@require_POST
@admin_required
def choice_retire(request: SignedInRequest, kind: str, choice_id: int) -> HttpResponse:
    _wanted, shown = _choice(kind, choice_id)
    services.retire_choice(choice=shown, by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s is not offered any more.") % vars(shown))
    return redirect("settings:calls")


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise Http404


def _choice(kind: str, choice_id: int) -> tuple[Kind, CallOutcome | CallReason]:
    wanted = _kind(kind)
    offered: Any = wanted.model._default_manager.filter(retired_at=None)  # noqa: SLF001
    return wanted, get_object_or_404(offered, pk=choice_id)


def _page(
    request: SignedInRequest,
    options_form: CallOptionsForm | None = None,
    add_forms: dict[str, Any] | None = None,
) -> HttpResponse:
    lists = [
        {
            "kind": kind,
            "choices": kind.model._default_manager.filter(retired_at=None).order_by(  # noqa: SLF001
                "position", "pk"
            ),
            "limit": services.MAX_CHOICES[kind.model],
            "form": (add_forms or {}).get(kind.name) or kind.form(prefix=kind.name),
        }
        for kind in KINDS
    ]
    context = {
        "options_form": options_form or CallOptionsForm(instance=CallSettings.load()),
        "lists": lists,
    }
    return render(request, "admin_config/calls/calls.html", context)
