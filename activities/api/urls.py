from django.urls import path

from activities.api.views import ActivitiesView

app_name = "activities-api"

urlpatterns = [path("activities/", ActivitiesView.as_view(), name="activities")]
