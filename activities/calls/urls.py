from django.urls import path

from activities.calls.views import listing, panel, reports

app_name = "calls"

urlpatterns = [
    path("", listing.calls, name="list"),
    path("<int:pk>/", listing.call, name="call"),
    path("log/", panel.log, name="log"),
    path("start/", panel.start, name="start"),
    path("reports/<slug:provider>/", reports.report, name="report"),
    path("in-progress/", panel.in_progress, name="in-progress"),
    path("<int:pk>/draft/", panel.draft, name="draft"),
    path("<int:pk>/end/", panel.end, name="end"),
    path("<int:pk>/discard/", panel.discard, name="discard"),
]
