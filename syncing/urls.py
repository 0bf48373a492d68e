from django.urls import path

from syncing.webhook import marketo_webhook

app_name = "syncing"

urlpatterns = [
    path("marketo/<str:secret>", marketo_webhook, name="marketo-webhook"),
]
