"""Parts of templates that provinces write and head office approves."""

from django.urls import path

from notifications.views import content_blocks

urlpatterns = [
    path("", content_blocks.index, name="branch_parts"),
    path("new/", content_blocks.begin, name="branch_part_new"),
    path("<int:pk>/draft/", content_blocks.draft, name="branch_part_draft"),
    path("versions/<int:pk>/", content_blocks.write, name="branch_part"),
    path("versions/<int:pk>/submit/", content_blocks.submit, name="branch_part_submit"),
    path("versions/<int:pk>/decide/", content_blocks.decide, name="branch_part_decide"),
]
