from django.urls import path

from activities.calls.api.views import CallsView

app_name = "calls-api"

urlpatterns = [path("calls/", CallsView.as_view(), name="calls")]
