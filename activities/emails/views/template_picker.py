"""Templates to choose from while writing to one or to many."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.emails.template_selectors import (
    MAX_LISTED,
    View,
    find_templates,
    pinned_by,
    usable_templates,
)
from people.selection import is_id
from people.views.requests import Request


@require_safe
def template_choices(request: Request) -> HttpResponse:
    """The templates of a category that hold these words, to choose one from."""
    view = View.FAVORITES if request.GET.get("category") == View.FAVORITES else View.ALL
    category = request.GET.get("category", "")
    found = find_templates(
        user=request.user,
        view=view,
        now=timezone.now(),
        q=request.GET.get("template_q", ""),
        category=int(category) if is_id(category) else None,
    )
    batch = request.GET.get("batch", "")
    context = {
        "templates": found[:MAX_LISTED],
        "use_url": reverse("emails:batch-template", args=[batch])
        if is_id(batch)
        else reverse("emails:use-template"),
        "choices_url": request.get_full_path(),
        "use_target": "#batch" if is_id(batch) else "#panel",
        "pinned": pinned_by(request.user),
        "categories": usable_templates(user=request.user)
        .order_by("category__name", "category_id")
        .values_list("category_id", "category__name")
        .distinct(),
    }
    return render(request, "emails/template_choices.html", context)
