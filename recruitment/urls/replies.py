"""Replies to read, and how far people and the model agree."""

from django.urls import path

from recruitment.views import acceptance, replies

urlpatterns = [
    path("", replies.index, name="replies"),
    path("agreement/", replies.agreement, name="reply_agreement"),
    path("acceptance/", acceptance.acceptance_model, name="reply_acceptance"),
    path("confirm/", replies.confirm, name="replies_confirm"),
    path("<uuid:pk>/", replies.read, name="reply_read"),
]
