"""The access log."""

from django.urls import path

from branches import views

urlpatterns = [path("", views.access_log, name="audit")]
