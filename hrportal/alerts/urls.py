"""The inbox and its settings."""

from django.urls import path

from hrportal.alerts import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read_all, name="inbox_read"),
    path("inbox/<int:pk>/", views.alert, name="alert"),
    path("account/alerts/", views.preference, name="alert_preference"),
]
