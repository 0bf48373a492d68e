from django.urls import path

from activities.reminders.api.views import RemindersView, ReminderView

app_name = "reminders-api"

urlpatterns = [
    path("reminders/", RemindersView.as_view(), name="reminders"),
    path("reminders/<int:reminder_id>/", ReminderView.as_view(), name="reminder"),
]
