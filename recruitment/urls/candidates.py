"""The list of candidates and the page of one."""

from django.urls import path

from recruitment.views import candidates

urlpatterns = [
    path("", candidates.index, name="candidates"),
    path("<uuid:pk>/", candidates.detail, name="candidate"),
    path("<uuid:pk>/replies/<uuid:reply_id>/", candidates.answer, name="candidate_answer"),
]
