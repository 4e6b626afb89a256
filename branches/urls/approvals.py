"""What waits for a second person."""

from django.urls import path

from branches.views import approvals

urlpatterns = [
    path("", approvals.index, name="approvals"),
    path("decide/", approvals.decide, name="approvals_decide"),
    path("<uuid:pk>/withdraw/", approvals.withdraw, name="approval_withdraw"),
]
