"""Reviews: the queue, one notice, what is decided about it."""

from django.urls import path

from notifications.views import reviews

urlpatterns = [
    path("", reviews.index, name="reviews"),
    path("approve/", reviews.approve_chosen, name="reviews_approve"),
    path("undo/", reviews.undo, name="reviews_undo"),
    path("<uuid:pk>/", reviews.detail, name="review"),
    path("<uuid:pk>/approve/", reviews.approve_one, name="review_approve"),
    path("<uuid:pk>/return/", reviews.return_to_author, name="review_return"),
    path("<uuid:pk>/cancel/", reviews.stop, name="review_cancel"),
]
