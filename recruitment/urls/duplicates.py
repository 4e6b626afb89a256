"""Two records of one person; the second person's word on who somebody is."""

from django.urls import path

from recruitment.views import duplicates

urlpatterns = [
    path("", duplicates.index, name="duplicates"),
    path("new/", duplicates.name_pair, name="duplicate_new"),
    path("<uuid:pk>/", duplicates.detail, name="duplicate"),
    path("<uuid:pk>/confirm/", duplicates.confirm, name="match_confirm"),
    path("<uuid:pk>/refuse/", duplicates.refuse, name="match_refuse"),
]
