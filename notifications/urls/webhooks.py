"""Where providers report; the addresses are registered with them, so they never change."""

from django.urls import path

from notifications import webhooks

urlpatterns = [
    path("twilio/status", webhooks.twilio_status, name="twilio_status"),
    path("wechat", webhooks.wechat, name="wechat_callback"),
    path("wecom", webhooks.wecom, name="wecom_callback"),
    path("app", webhooks.app, name="app_callback"),
]
