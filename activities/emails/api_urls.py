from django.urls import URLPattern

app_name = "emails-api"

urlpatterns: list[URLPattern] = []
