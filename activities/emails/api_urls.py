from django.urls import path

from activities.emails.api.views import EmailsView, EmailView

app_name = "emails-api"

urlpatterns = [
    path("emails/", EmailsView.as_view(), name="emails"),
    path("emails/<int:email_id>/", EmailView.as_view(), name="email"),
]
