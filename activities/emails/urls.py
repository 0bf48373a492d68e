from django.urls import URLPattern

app_name = "emails"

urlpatterns: list[URLPattern] = []
