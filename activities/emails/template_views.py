"""Templates: find, read, write, share, archive."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.emails import template_services as services
from activities.emails.fields import DYNAMIC_FIELDS, HTML_FIELDS
from activities.emails.models import Template, TemplateCategory
from activities.emails.template_forms import CategoryForm, TemplateFilterForm, TemplateForm
from activities.emails.template_offers import offers_on
from activities.emails.template_selectors import (
    MAX_LISTED,
    View,
    figures_of,
    find_templates,
    pinned_by,
    visible_templates,
)
from people.errors import Refused
from people.views.requests import Request

FORM_METHODS = ("GET", "HEAD", "POST")


def _visible(request: Request, pk: int) -> Template:
    templates = visible_templates(user=request.user).select_related("category", "owner")
    found: Template = get_object_or_404(templates, pk=pk)
    return found


def _may_change(request: Request, template: Template) -> bool:
    return bool(request.user.is_admin or template.owner_id == request.user.pk)


def _changeable(request: Request, pk: int) -> Template:
    """The template if the user may change it; one that the user may not see does not exist."""
    template = _visible(request, pk)
    if not _may_change(request, template):
        raise PermissionDenied(_("Only its owner or an admin may change a template. Clone it."))
    return template


@require_safe
def template_list(request: Request) -> HttpResponse:
    form = TemplateFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    view = View(chosen.get("view") or View.ALL)
    category = chosen.get("category")
    templates = find_templates(
        user=request.user,
        view=view,
        now=timezone.now(),
        q=chosen.get("q", ""),
        category=category.pk if category else None,
    )
    listed = list(templates[: MAX_LISTED + 1])
    shown = listed[:MAX_LISTED]
    figures = figures_of(shown)
    context = {
        "section": "templates",
        "form": form,
        "view": view,
        "is_filtered": bool(request.GET.get("q") or category or view is not View.ALL),
        "rows": [(template, figures[template.pk]) for template in shown],
        "count": templates.count() if len(listed) > MAX_LISTED else len(listed),
        "limit": MAX_LISTED,
    }
    return render(request, "templates/list.html", context)


@require_http_methods(FORM_METHODS)
def template_create(request: Request) -> HttpResponse:
    form = TemplateForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            template = _created(request, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": template.name})
            return redirect("templates:template", template.pk)
    return _render_form(request, form, None)


@transaction.atomic
def _created(request: Request, values: dict[str, Any]) -> Template:
    return services.create_template(
        owner=request.user, now=timezone.now(), **_stored_values(values)
    )


@require_http_methods(FORM_METHODS)
def template(request: Request, pk: int) -> HttpResponse:
    """The template to read, and for whoever may, to change."""
    shown = _visible(request, pk)
    if not _may_change(request, shown) or (request.method != "POST" and shown.archived_at):
        if request.method == "POST":
            _changeable(request, pk)
        return render(request, "templates/read.html", _context(request, shown))
    form = TemplateForm(request.POST or None, instance=shown, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            _change(shown, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": shown.name})
            return redirect("templates:template", shown.pk)
    return _render_form(request, form, shown)


@transaction.atomic
def _change(shown: Template, values: dict[str, Any]) -> None:
    seen_at = values.pop("seen_at")
    services.change_template(
        template=shown, seen_at=seen_at, now=timezone.now(), **_stored_values(values)
    )


def _stored_values(values: dict[str, Any]) -> dict[str, Any]:
    """What the form holds as the services take it; makes the new category."""
    stored = {name: values[name] for name in values if name not in {"new_category", "seen_at"}}
    if name := values["new_category"]:
        stored["category"] = services.create_category(name=name)
    return stored


def _render_form(request: Request, form: TemplateForm, shown: Template | None) -> HttpResponse:
    context = {
        "form": form,
        "dynamic_fields": (*DYNAMIC_FIELDS, *HTML_FIELDS),
        "section": "templates",
    }
    if shown:
        context |= _context(request, shown)
    return render(request, "templates/edit.html", context)


def _context(request: Request, shown: Template) -> dict[str, Any]:
    may_change = _may_change(request, shown)
    return {
        "section": "templates",
        "template": shown,
        "figures": figures_of([shown])[shown.pk],
        "steps": shown.campaign_steps.filter(removed_at=None).select_related("campaign"),
        "may_change": may_change,
        "offers": offers_on(shown, user=request.user) if may_change else [],
    }


@require_POST
def template_clone(request: Request, pk: int) -> HttpResponse:
    try:
        copy = services.clone_template(
            template=_visible(request, pk), owner=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("templates:template", pk)
    messages.success(request, _("This is your own copy. Only you see it until you share it."))
    return redirect("templates:template", copy.pk)


@require_POST
def template_archive(request: Request, pk: int) -> HttpResponse:
    services.archive_template(template=_changeable(request, pk), now=timezone.now())
    messages.success(
        request, _("The template is archived. Nobody can use it until you take it back.")
    )
    return redirect("templates:template", pk)


@require_POST
def template_unarchive(request: Request, pk: int) -> HttpResponse:
    services.unarchive_template(template=_changeable(request, pk))
    messages.success(request, _("The template can be used again."))
    return redirect("templates:template", pk)


@require_POST
def template_favorite(request: Request, pk: int) -> HttpResponse:
    """Make it a favorite of the user's, or no longer."""
    shown = _visible(request, pk)
    is_favorite = request.POST.get("favorite") == "true"
    services.set_favorite(template=shown, user=request.user, is_favorite=is_favorite)
    shown.is_favorite = is_favorite  # type: ignore[attr-defined]
    if request.htmx:
        return render(request, "templates/favorite.html", {"template": shown})
    return redirect("templates:template", pk)


@require_http_methods(FORM_METHODS)
def template_delete(request: Request, pk: int) -> HttpResponse:
    shown = _changeable(request, pk)
    if request.method == "POST":
        try:
            services.delete_template(template=shown)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("templates:template", pk)
        messages.success(request, _("“%(name)s” is gone.") % {"name": shown.name})
        return redirect("templates:list")
    return render(request, "templates/delete.html", _context(request, shown))


@require_http_methods(FORM_METHODS)
def categories(request: Request) -> HttpResponse:
    form = CategoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_category(name=form.cleaned_data["name"])
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("templates:categories")
    found = TemplateCategory.objects.annotate(template_count=Count("templates"))
    context = {
        "section": "templates",
        "form": form,
        "categories": found.order_by(Lower("name")),
        "pinned": pinned_by(request.user),
        "limit": TemplateCategory.MAX_CATEGORIES,
    }
    return render(request, "templates/categories.html", context)


def _category(request: Request, pk: int) -> TemplateCategory:
    if not request.user.is_admin:
        raise PermissionDenied(_("Only admins may change categories."))
    found: TemplateCategory = get_object_or_404(TemplateCategory, pk=pk)
    return found


@require_POST
def category_rename(request: Request, pk: int) -> HttpResponse:
    category = _category(request, pk)
    form = CategoryForm(request.POST)
    if form.is_valid():
        try:
            services.rename_category(category=category, name=form.cleaned_data["name"])
        except Refused as refusal:
            messages.error(request, str(refusal))
    return redirect("templates:categories")


@require_POST
def category_pin(request: Request, pk: int) -> HttpResponse:
    """Pin it for the user, or with `pinned` anything but true unpin it."""
    category = get_object_or_404(TemplateCategory, pk=pk)
    is_pinned = request.POST.get("pinned") == "true"
    try:
        services.pin_category(category=category, user=request.user, is_pinned=is_pinned)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:categories")


@require_POST
def category_delete(request: Request, pk: int) -> HttpResponse:
    try:
        services.delete_category(category=_category(request, pk))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:categories")
