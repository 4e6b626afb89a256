"""The calendar, for head office."""

from django.urls import path

from branches.views import calendar

urlpatterns = [
    path("", calendar.index, name="calendar"),
    path("import/", calendar.import_file, name="calendar_import"),
]
