"""Signals that could not be taken in."""

from django.urls import path

from recruitment.views import quarantine

urlpatterns = [
    path("", quarantine.index, name="quarantine"),
    path("retry/", quarantine.retry_chosen, name="quarantine_retry_chosen"),
    path("<uuid:pk>/", quarantine.detail, name="quarantine_signal"),
    path("<uuid:pk>/correct/", quarantine.correct, name="quarantine_correct"),
    path("<uuid:pk>/propose/", quarantine.propose, name="quarantine_propose"),
    path("<uuid:pk>/retry/", quarantine.retry, name="quarantine_retry"),
    path("<uuid:pk>/dismiss/", quarantine.dismiss, name="quarantine_dismiss"),
]
