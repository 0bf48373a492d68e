from django.urls import path

from activities.reminders import views

app_name = "reminders"

urlpatterns = [
    path("", views.reminders, name="list"),
    path("add/", views.add, name="add"),
    path("add/people/", views.add_many, name="add-many"),
    path("people/<int:pk>/", views.about, name="about"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/snooze/", views.snooze, name="snooze"),
    *(path(f"<int:pk>/{how}/", views.change, {"how": how}, name=how) for how in views.CHANGES),
]
