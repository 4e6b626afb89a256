"""Confirmations: the list, and the department's answer."""

from django.urls import path

from recruitment.views import confirmations

urlpatterns = [
    path("", confirmations.index, name="confirmations"),
    path("confirm/", confirmations.confirm_chosen, name="confirmations_confirm"),
    path("undo/", confirmations.undo, name="confirmations_undo"),
    path("<int:pk>/confirm/", confirmations.confirm_one, name="confirmation_confirm"),
    path("<int:pk>/decline/", confirmations.decline, name="confirmation_decline"),
]
