"""Seasons, for head office."""

from django.urls import path

from recruitment.views import seasons

urlpatterns = [
    path("", seasons.index, name="seasons"),
    path("<str:code>/", seasons.detail, name="season"),
    path("<str:code>/close/", seasons.close, name="season_close"),
    path("<str:code>/reopen/", seasons.reopen, name="season_reopen"),
]
