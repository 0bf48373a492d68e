"""The activities that Marketo refused: why, which, and what to do with them."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.marketo.activity_overview import reasons_in_words
from syncing.delivery import selectors, services
from syncing.delivery.enqueue import nudge
from syncing.delivery.models import Delivery

PAGE_SIZE = 100


@require_safe
@admin_required
def parked_list(request: SignedInRequest) -> HttpResponse:
    code = request.GET.get("code")
    before = request.GET.get("before", "")
    listed = selectors.parked_list(code)
    if before.isdecimal():
        listed = listed.filter(id__lt=int(before))
    page = list(listed[: PAGE_SIZE + 1])
    context = {
        "deliveries": page[:PAGE_SIZE],
        "reasons": reasons_in_words(),
        "code": code,
        "next_before": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
        "is_first_page": not before,
    }
    return render(request, "admin_config/marketo/parked.html", context)


@require_POST
@admin_required
def retry(request: SignedInRequest) -> HttpResponse:
    """One (`delivery`), those with a `code`, or all."""
    now = timezone.now()
    count = services.retry(_chosen(request.POST), now=now)
    nudge()
    record(
        actor=request.user,
        action=Action.ACTIVITIES_RETRIED,
        details={"activities": count, **_named(request.POST)},
        now=now,
    )
    messages.success(
        request,
        ngettext(
            "%(count)d activity is on its way again.",
            "%(count)d activities are on their way again.",
            count,
        )
        % {"count": count},
    )
    return redirect("settings:marketo-activities")


@require_http_methods(["GET", "POST"])
@admin_required
def give_up(request: SignedInRequest) -> HttpResponse:
    """As `retry`, after a page that says how many it is about."""
    if request.method != "POST":
        context = {"count": _chosen(request.GET).count(), "named": _named(request.GET)}
        return render(request, "admin_config/marketo/give_up.html", context)
    now = timezone.now()
    count = services.give_up(_chosen(request.POST), by=request.user.name, now=now)
    record(
        actor=request.user,
        action=Action.ACTIVITIES_GIVEN_UP,
        details={"activities": count, **_named(request.POST)},
        now=now,
    )
    messages.success(
        request,
        ngettext(
            "%(count)d activity will not be sent.", "%(count)d activities will not be sent.", count
        )
        % {"count": count},
    )
    return redirect("settings:marketo-activities")


def _chosen(data: QueryDict) -> QuerySet[Delivery]:
    named = _named(data)
    if "delivery" not in named:
        return selectors.parked_list(named.get("code"))
    if not named["delivery"].isdecimal():
        raise BadRequest
    return selectors.parked().filter(pk=named["delivery"])


def _named(data: QueryDict) -> dict[str, str]:
    return {name: str(data[name]) for name in ("delivery", "code") if name in data}
