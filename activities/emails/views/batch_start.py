"""Beginning an email to many: who they are, and who of them can't be written to."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activities.emails.batches import create_batch
from activities.emails.identities import default_identity
from activities.emails.models import Email, EmailBatch, SenderIdentity
from activities.emails.recipients import early_warnings
from activities.emails.views.pages import render_email_panel
from people.errors import Refused
from people.group_selectors import visible_groups
from people.models import Group, Person
from people.query_plans import TOO_SLOW, TooSlow
from people.selection import is_id, selected_people, selection_of
from people.views.requests import Request, go

Kind = EmailBatch.Kind
MAX_PEOPLE = EmailBatch.MAX_PEOPLE


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """How many would be written to and who can't be, before anything is begun; then begin."""
    group = _group(request)
    people, refusal = _chosen(request, group)
    if request.method == "POST" and "start" in request.POST and not refusal:
        try:
            batch = create_batch(
                sender=request.user,
                people=people,
                kind=Kind.GROUP if group else Kind.SELECT_AND_SEND,
                group=group,
                identity=_identity(request),
                now=timezone.now(),
            )
            return go(request, reverse("emails:batch", args=[batch.pk]))
        except Refused as refused:
            refusal = str(refused)
    drafts = [Email(sender=request.user, person=person) for person in people]
    warnings = early_warnings(emails=drafts, now=timezone.now()).of_readers
    context = {
        "group": group,
        "refusal": refusal,
        "people_count": len(people),
        "limit": MAX_PEOPLE,
        "skipped": [(each, text) for each, text in zip(people, warnings, strict=False) if text],
        "selection": list(selection_of(request.POST)),
        "identities": request.user.sender_identities.order_by("-is_default", "address"),
    }
    return render_email_panel(request, "emails/batch_new.html", context)


def _group(request: Request) -> Group | None:
    data = request.POST if request.method == "POST" else request.GET
    # Of a list, `group` may be what its people are to be added to.
    pk = data.get("group", "") if request.method != "POST" or "of_group" in data else ""
    if not pk:
        return None
    if not is_id(pk):
        raise Http404
    group: Group = get_object_or_404(visible_groups(user=request.user), pk=int(pk))
    return group


def _chosen(request: Request, group: Group | None) -> tuple[list[Person], str]:
    """The people, or a word on why they can't be written to together."""
    chosen = (
        Person.objects.active().filter(groups=group)
        if group
        else selected_people(data=request.POST, user=request.user)
    )
    try:
        people = list(chosen.order_by("last_name", "first_name", "pk")[: MAX_PEOPLE + 1])
    except TooSlow:
        return [], str(TOO_SLOW)
    if not people:
        return [], _("Nobody is selected. Tick people in the list first.")
    if len(people) > MAX_PEOPLE:
        words = _(
            "More than %(limit)d people are selected, and so many get an email at once at most."
        )
        return [], words % {"limit": MAX_PEOPLE}
    return people, ""


def _identity(request: Request) -> SenderIdentity | None:
    pk = request.POST.get("identity", "")
    own = request.user.sender_identities
    return own.filter(pk=int(pk)).first() if is_id(pk) else default_identity(request.user)
