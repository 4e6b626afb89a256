"""Parts of templates that provinces write and head office approves."""

from django.urls import path

from notifications.views import branch_parts

urlpatterns = [
    path("", branch_parts.index, name="branch_parts"),
    path("new/", branch_parts.begin, name="branch_part_new"),
    path("<int:pk>/draft/", branch_parts.draft, name="branch_part_draft"),
    path("versions/<int:pk>/", branch_parts.write, name="branch_part"),
    path("versions/<int:pk>/submit/", branch_parts.submit, name="branch_part_submit"),
    path("versions/<int:pk>/decide/", branch_parts.decide, name="branch_part_decide"),
]
