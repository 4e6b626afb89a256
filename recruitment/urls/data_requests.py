"""Requests of persons about their data, for head office."""

from django.urls import path

from recruitment.views import data_requests

urlpatterns = [
    path("", data_requests.index, name="data_requests"),
    path("new/", data_requests.take_down, name="data_request_new"),
    path("<uuid:pk>/", data_requests.detail, name="data_request"),
    path("<uuid:pk>/evidence/", data_requests.evidence, name="data_request_evidence"),
    path("<uuid:pk>/correct/", data_requests.correct, name="data_request_correct"),
]
