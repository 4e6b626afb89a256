"""Hires."""

from django.urls import path

from performance.views import hires

urlpatterns = [
    path("", hires.index, name="hires"),
    path("<uuid:pk>/record/", hires.record, name="hire_record"),
    path("<int:pk>/", hires.detail, name="hire"),
    path("<int:pk>/differences/<int:difference_id>/", hires.decide, name="hire_difference"),
]
