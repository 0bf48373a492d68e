from django.urls import path

from activities.emails import template_views as views

app_name = "templates"

urlpatterns = [
    path("", views.template_list, name="list"),
    path("new/", views.template_create, name="create"),
    path("categories/", views.categories, name="categories"),
    path("categories/<int:pk>/rename/", views.category_rename, name="category-rename"),
    path("categories/<int:pk>/pin/", views.category_pin, name="category-pin"),
    path("categories/<int:pk>/delete/", views.category_delete, name="category-delete"),
    path("<int:pk>/", views.template, name="template"),
    path("<int:pk>/clone/", views.template_clone, name="clone"),
    path("<int:pk>/archive/", views.template_archive, name="archive"),
    path("<int:pk>/unarchive/", views.template_unarchive, name="unarchive"),
    path("<int:pk>/favorite/", views.template_favorite, name="favorite"),
    path("<int:pk>/delete/", views.template_delete, name="delete"),
]
