from django.urls import URLPattern

app_name = "activities-api"

urlpatterns: list[URLPattern] = []
