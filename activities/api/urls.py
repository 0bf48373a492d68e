from django.urls import path

from activities.api.unsubscribe_views import UnsubscribesView
from activities.api.views import ActivitiesView

app_name = "activities-api"

urlpatterns = [
    path("activities/", ActivitiesView.as_view(), name="activities"),
    path("unsubscribes/", UnsubscribesView.as_view(), name="unsubscribes"),
]
