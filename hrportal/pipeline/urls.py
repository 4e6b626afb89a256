"""The page of the pipeline."""

from django.urls import path

from hrportal.pipeline import views

urlpatterns = [
    path("", views.index, name="operations"),
    path("failed-rows/", views.retry, name="failed_rows_retry"),
]
