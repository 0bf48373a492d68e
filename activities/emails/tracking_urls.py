from django.urls import path

from activities.emails.tracking import endpoints, file_views, unsubscribe_views

app_name = "tracking"

urlpatterns = [
    path("o/<str:token>.gif", endpoints.pixel, name="pixel"),
    path("c/<str:token>/", endpoints.click, name="click"),
    path("f/<str:token>/", file_views.page, name="file"),
    path("f/<str:token>/content/", file_views.content, name="file-content"),
    path("u/<str:token>/", unsubscribe_views.page, name="unsubscribe"),
    path("u/<str:token>/one-click/", unsubscribe_views.one_click, name="one-click"),
]
