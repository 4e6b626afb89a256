"""Where providers report; the addresses are registered with them, so they never change."""

from django.urls import path

from notifications import webhooks

urlpatterns = [path("<path:callback>", webhooks.receive, name="provider_callback")]
