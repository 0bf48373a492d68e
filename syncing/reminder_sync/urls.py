from django.urls import path

from syncing.reminder_sync import views

app_name = "reminder-sync"

urlpatterns = [
    path("<int:pk>/salesforce/", views.history, name="history"),
]
