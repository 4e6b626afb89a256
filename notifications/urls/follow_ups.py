"""Follow-ups: the list, the page of one, what can be done there."""

from django.urls import path

from notifications.views import follow_ups

urlpatterns = [
    path("", follow_ups.index, name="follow_ups"),
    path("<uuid:pk>/", follow_ups.detail, name="follow_up"),
    path("<uuid:pk>/number/", follow_ups.reveal_number, name="follow_up_reveal"),
    path("<uuid:pk>/correct/", follow_ups.correct_number, name="follow_up_correct"),
    path("<uuid:pk>/settle/", follow_ups.settle_send, name="follow_up_settle"),
    path("<uuid:pk>/complete/", follow_ups.complete, name="follow_up_complete"),
]
