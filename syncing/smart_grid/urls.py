from django.urls import path

from syncing.smart_grid import views

app_name = "smart-grid"

urlpatterns = [
    path("people/<int:pk>/", views.person, name="person"),
    path("accounts/", views.account, name="account"),
]
