"""Requests to let a person go to another branch."""

from django.urls import path

from recruitment.views import releases

urlpatterns = [
    path("", releases.index, name="releases"),
    path("<uuid:pk>/grant/", releases.grant, name="release_grant"),
    path("<uuid:pk>/refuse/", releases.refuse, name="release_refuse"),
]
