from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from actions_app.health import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="people:list"), name="home"),
    path("people/", include("people.urls")),
    path("activities/", include("activities.urls")),
    path("emails/", include("activities.emails.urls")),
    path("templates/", include("activities.emails.template_urls")),
    path("calls/", include("activities.calls.urls")),
    path("reminders/", include("activities.reminders.urls")),
    path("reminders/", include("syncing.reminder_sync.urls")),
    path("campaigns/", include("activities.campaigns.urls")),
    path("smart-grid/", include("syncing.smart_grid.urls")),
    # Public: what is in the emails that prospects get.
    path("t/", include("activities.emails.tracking_urls")),
    path("settings/", include("admin_config.urls")),
    path("accounts/", include("admin_config.account_urls")),
    path("hooks/", include("syncing.urls")),
    path("api/v1/", include("people.api.urls")),
    path("api/v1/", include("activities.api.urls")),
    path("api/v1/", include("activities.emails.api_urls")),
    path("api/v1/", include("activities.calls.api_urls")),
    path("api/v1/", include("activities.reminders.api_urls")),
    path("api/v1/", include("activities.campaigns.api_urls")),
    path("health/", login_not_required(health), name="health"),
]

handler400 = "people.api.errors.bad_request"
handler403 = "people.api.errors.permission_denied"
handler404 = "people.api.errors.page_not_found"
handler500 = "people.api.errors.server_error"
