"""The history of one reminder with Salesforce."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from activities.reminders.selectors import all_reminders
from people.views.requests import Request, render_panel, wants_fragment
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.selectors import events_of
from syncing.reminder_sync.wording import told
from syncing.salesforce_connections.selectors import connections

MOST_EVENTS = 50


@require_safe
def history(request: Request, pk: int) -> HttpResponse:
    """How it stands with its task, and what was changed from which side; the latest first."""
    reminder = get_object_or_404(all_reminders(user=request.user), pk=pk)
    link = ReminderLink.objects.filter(reminder=reminder).first()
    connection = connections().first()
    task_url = ""
    if connection and link and link.task_id:
        task_url = f"{connection.instance_url}/{link.task_id}"
    context = {
        "reminder": reminder,
        "link": link,
        "task_url": task_url,
        "events": [told(event) for event in events_of(reminder.pk)[:MOST_EVENTS]],
    }
    is_card = wants_fragment(request)
    template = "reminder_sync/history.html" if is_card else "reminder_sync/history_page.html"
    return render_panel(request, template, context)
