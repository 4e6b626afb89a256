"""The list of deliveries."""

from django.urls import path

from notifications.views import deliveries

urlpatterns = [
    path("", deliveries.index, name="deliveries"),
    path("export/", deliveries.export, name="deliveries_export"),
]
