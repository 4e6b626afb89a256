"""Recommendations: the list, the register, one of them and what head office does about it."""

from django.urls import path

from performance.views import recommendation_acts as acts
from performance.views import recommendations

urlpatterns = [
    path("", recommendations.index, name="recommendations"),
    path("register/", recommendations.register, name="recommendation_register"),
    path("<uuid:pk>/", recommendations.detail, name="recommendation"),
    path("<uuid:pk>/propose/", acts.propose, name="recommendation_propose"),
    path("<uuid:pk>/sign/", acts.sign, name="recommendation_sign"),
    path("<uuid:pk>/reject/", acts.reject, name="recommendation_reject"),
    path("<uuid:pk>/withdraw/", acts.withdraw, name="recommendation_withdraw"),
    path("<uuid:pk>/send-again/", acts.send_again, name="recommendation_send_again"),
    path("<uuid:pk>/draft/", acts.open_draft, name="recommendation_draft"),
]
