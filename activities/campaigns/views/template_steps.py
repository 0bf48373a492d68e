"""After a template was changed: which steps of campaigns get its new text."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from activities.campaigns.template_steps import copy_to_steps, outdated_steps
from activities.campaigns.views.finding import FORM_METHODS, render_campaign_panel
from activities.emails.template_selectors import visible_templates
from people.selection import is_id
from people.views.requests import Request, go


@require_http_methods(FORM_METHODS)
def template_steps(request: Request, pk: int) -> HttpResponse:
    """The steps whose text differs, to be ticked; each ticked `step` gets the template's."""
    template = get_object_or_404(visible_templates(user=request.user), pk=pk)
    steps = outdated_steps(template=template, user=request.user)
    if request.method != "POST":
        context = {"template": template, "steps": steps}
        return render_campaign_panel(request, "campaigns/template_steps.html", context)
    ticked = [int(step) for step in request.POST.getlist("step") if is_id(step)]
    count = copy_to_steps(template=template, steps=steps.filter(pk__in=ticked), now=timezone.now())
    words = ngettext("%(count)d step updated.", "%(count)d steps updated.", count)
    messages.success(request, words % {"count": count})
    return go(request, reverse("templates:template", args=[pk]))
