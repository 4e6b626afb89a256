"""The link by which an invited account gets its password."""

from django.urls import path

from branches.views.invitation import JoinView

urlpatterns = [path("<uidb64>/<token>/", JoinView.as_view(), name="join")]
