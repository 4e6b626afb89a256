"""Parts of templates that provinces write and head office approves."""

from django.urls import path

from notifications.views import content_blocks

urlpatterns = [
    path("", content_blocks.index, name="content_blocks"),
    path("new/", content_blocks.begin, name="content_block_new"),
    path("<int:pk>/draft/", content_blocks.draft, name="content_block_draft"),
    path("versions/<int:pk>/", content_blocks.write, name="content_block"),
    path("versions/<int:pk>/submit/", content_blocks.submit, name="content_block_submit"),
    path("versions/<int:pk>/decide/", content_blocks.decide, name="content_block_decide"),
]
