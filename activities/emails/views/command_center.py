"""The Command Center: every email in its folder, and what can be done with many at once."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from activities.emails import services
from activities.emails.filters import NAMES, EmailFilter, chips_of, list_query, matching
from activities.emails.folders import COUNT_LIMIT, FOLDERS, SECTIONS, counts_of, open_batches
from activities.emails.models import Email
from activities.emails.selectors import Order, Page, Place, own_emails, read_page, visible_emails
from activities.emails.template_selectors import usable_templates
from activities.emails.views.bulk_actions import ACTIONS, actions_of
from people.errors import Refused
from people.query_plans import TooSlow
from people.selection import is_id
from people.views.requests import Request, back, render_panel, wants_fragment

LIST_FIELDS = ("person", "sender", "template")
MAX_TICKED = 200
State = Email.State
MAX_CAMPAIGNS = 200


@require_safe
def email_list(request: Request) -> HttpResponse:
    """The list as a page, or as the part of it that htmx swaps."""
    if "" in request.GET.values():
        # A form sends its empty fields too; the address stays short without them.
        return redirect(f"{reverse('emails:list')}?{list_query(request.GET).urlencode()}")
    return _rendered(request, request.GET)


def _rendered(request: Request, params: QueryDict) -> HttpResponse:
    folder = FOLDERS.get(params.get("folder", "delivered"))
    if folder is None:
        raise Http404
    query = list_query(params)
    query["folder"] = folder.name
    visible = visible_emails(user=request.user)
    filters = matching(params, folder.emails(visible))
    order = Order.parse(params.get("sort", ""))
    context = {
        "section": "command-center",
        "sections": SECTIONS,
        "folder": folder,
        "query": query,
        "order": order,
        # What was never sent was never opened.
        "shows_figures": folder.state in {None, State.SENT, State.BOUNCED, State.SPAM},
        "filters": filters,
        "chips": list(chips_of(filters, query)),
        "counts": counts_of(visible),
        "count_limit": COUNT_LIMIT,
        "actions": actions_of(folder),
        "batches": open_batches(sender=request.user) if folder.name == "draft" else (),
        "page": _page(filters, order, params),
        "now": timezone.now(),
    }
    template = "emails/list_content.html" if wants_fragment(request) else "emails/list.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    response["Cache-Control"] = "no-store"
    return response


def _page(filters: EmailFilter, order: Order, params: QueryDict) -> Page | None:
    """None when it takes too long."""
    emails: QuerySet[Email] = filters.qs.select_related(*LIST_FIELDS).defer(
        "body_html", "sent_html", "sent_text", "template__body_html"
    )
    place = Place.parse(params.get("cursor", ""), order)
    try:
        return read_page(emails, order=order, place=place)
    except TooSlow:
        return None


@require_safe
def filters(request: Request) -> HttpResponse:
    query = list_query(request.GET)
    visible = visible_emails(user=request.user)
    context = {
        "form": EmailFilter(query, visible).form,
        "hidden": [(name, query[name]) for name in query if name not in NAMES],
        "campaigns": visible.filter(campaign_id__isnull=False)
        .order_by("campaign_name", "campaign_id")
        .values_list("campaign_id", "campaign_name")
        .distinct()[:MAX_CAMPAIGNS],
        "templates": usable_templates(user=request.user),
        "senders": get_user_model().objects.order_by("first_name", "last_name")
        if request.user.is_admin
        else (),
        "section": "command-center",
    }
    return render_panel(request, "emails/filters.html", context)


@require_POST
def bulk(request: Request) -> HttpResponse:
    """Do one thing to each ticked email of the user's own, and say what came of it."""
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        raise Http404
    done, refusals = [], []
    now = timezone.now()
    for email in own_emails(user=request.user).filter(pk__in=_ticked(request.POST)):
        try:
            action.service(email=email, now=now)
            done.append(email.pk)
        except Refused as refusal:
            refusals.append(str(refusal))
    words = action.told(len(done))
    if refusals:
        words += " " + ngettext(
            "%(count)d was left as it is: %(reason)s",
            "%(count)d were left as they are: %(reason)s",
            len(refusals),
        ) % {"count": len(refusals), "reason": " ".join(dict.fromkeys(refusals))}
    return _after(request, words, undo=action.undo_of(done))


@require_POST
def undelete(request: Request) -> HttpResponse:
    emails = own_emails(user=request.user).filter(pk__in=_ticked(request.GET))
    for email in emails:
        services.undelete(email=email, now=timezone.now())
    response = HttpResponse(status=204)
    return trigger_client_event(response, "emailsChanged", {})


def _ticked(data: QueryDict) -> list[int]:
    return [int(pk) for pk in data.getlist("email")[:MAX_TICKED] if is_id(pk)]


def _after(request: Request, words: str, *, undo: str) -> HttpResponse:
    if not wants_fragment(request):
        messages.success(request, words)
        return back(request)
    response = _rendered(request, QueryDict(request.POST.get("query", "")))
    detail = {"value": words}
    if undo:
        detail |= {"undo": undo, "label": _("Undo")}
    return trigger_client_event(response, "toast", detail)
