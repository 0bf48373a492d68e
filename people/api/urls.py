from django.contrib.auth.decorators import login_required
from django.urls import path

from people.api.views import DocsView, PeopleView, PersonView, SchemaView

app_name = "api"

urlpatterns = [
    path("people/", PeopleView.as_view(), name="people"),
    path("people/<int:person_id>/", PersonView.as_view(), name="person"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", login_required(DocsView.as_view()), name="docs"),
]
