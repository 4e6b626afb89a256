"""The access log."""

from django.urls import path

from branches.views import audit

urlpatterns = [path("", audit.access_log, name="audit")]
