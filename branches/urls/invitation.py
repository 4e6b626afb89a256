"""The link by which an invited account gets its password."""

from django.urls import path

from branches.views.invitation import InvitationView

urlpatterns = [path("<uidb64>/<token>/", InvitationView.as_view(), name="invitation")]
