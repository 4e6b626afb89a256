"""The list of candidates and the page of one."""

from django.urls import path

from recruitment.views import candidates, differences, exports, offers, releases, reveals

urlpatterns = [
    path("", candidates.index, name="candidates"),
    path("export/", exports.candidates, name="candidates_export"),
    path("<uuid:pk>/", candidates.detail, name="candidate"),
    path("<uuid:pk>/replies/<uuid:reply_id>/", candidates.answer, name="candidate_answer"),
    path("<uuid:pk>/differences/<uuid:difference_id>/", differences.decide, name="candidate_difference"),
    path("<uuid:pk>/reveal/", reveals.reveal, name="candidate_reveal"),
    path("<uuid:pk>/offer/<str:act>/", offers.change, name="offer_change"),
    path("<uuid:pk>/release/", releases.ask, name="release_ask"),
    path("<uuid:pk>/override/", releases.override, name="claim_override"),
]
