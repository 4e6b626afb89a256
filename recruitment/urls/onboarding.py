"""Administration's checklist."""

from django.urls import path

from recruitment.views import onboarding

urlpatterns = [
    path("", onboarding.index, name="onboarding"),
    path("<int:task_id>/done/", onboarding.tick, name="onboarding_tick"),
]
