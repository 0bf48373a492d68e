from django.urls import path

from people.views import groups, listing, person, saved_views, unsubscribes

app_name = "people"

urlpatterns = [
    path("", listing.people, name="list"),
    path("count/", listing.exact_count, name="count"),
    path("news/", listing.news, name="news"),
    path("filters/", listing.filters, name="filters"),
    path("columns/", listing.columns, name="columns"),
    path("export/", listing.export, name="export"),
    path("views/new/", saved_views.create, name="view-create"),
    path("views/<int:pk>/", saved_views.rename, name="view-rename"),
    path("views/<int:pk>/delete/", saved_views.delete, name="view-delete"),
    path("groups/new/", groups.create, name="group-create"),
    path("groups/add/", groups.add, name="group-add"),
    path("groups/remove/", groups.remove, name="group-remove"),
    path("groups/<int:pk>/", groups.change, name="group-change"),
    path("groups/<int:pk>/delete/", groups.delete, name="group-delete"),
    path("unsubscribe/", unsubscribes.unsubscribe, name="unsubscribe"),
    path("unsubscribe/selected/", unsubscribes.unsubscribe_selected, name="unsubscribe-selected"),
    path("<int:pk>/resubscribe/", unsubscribes.resubscribe, name="resubscribe"),
    path("<int:pk>/", person.person, name="person"),
    path("<int:pk>/changes/", person.changes, name="changes"),
]
