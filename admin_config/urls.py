from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

app_name = "settings"


def stub(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html", {"section": "settings"})


urlpatterns = [
    path("", stub, name="home"),
    path("profile/", stub, name="profile"),
    path("marketo/", stub, name="marketo"),
    path("sync-status/", stub, name="sync-status"),
]
