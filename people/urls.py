from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

app_name = "people"


def stub(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html", {"section": "people"})


urlpatterns = [path("", stub, name="list")]
