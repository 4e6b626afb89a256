"""Returned notices: the list, and the desk at which one is mended."""

from django.urls import path

from recruitment.views import returned

urlpatterns = [
    path("", returned.index, name="returned_notices"),
    path("<uuid:pk>/", returned.edit, name="returned_notice"),
    path("<uuid:pk>/submit/", returned.submit, name="returned_notice_submit"),
]
