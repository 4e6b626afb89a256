"""The access log, and what changed."""

from django.urls import path

from branches.views import audit, changes

urlpatterns = [
    path("", audit.index, name="audit"),
    path("<int:pk>/", audit.detail, name="audit_entry"),
    path("check/", audit.check, name="audit_check"),
    path("changes/", changes.index, name="changes"),
    path("changes/<slug:kind>/<int:pk>/", changes.detail, name="change"),
]
