from django.urls import path

from activities import views

app_name = "activities"

urlpatterns = [
    path("people/<int:pk>/", views.timeline, name="timeline"),
]
