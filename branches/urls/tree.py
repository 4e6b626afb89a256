"""The tree of branches, for head office."""

from django.urls import path

from branches.views import calendar, tree

urlpatterns = [
    path("", tree.top, name="branches"),
    path("<str:code>/", tree.detail, name="branch"),
    path("<str:code>/move/", tree.move, name="branch_move"),
    path("<str:code>/merge/", tree.merge, name="branch_merge"),
    path("<str:code>/hours/", calendar.hours, name="branch_hours"),
    path("<str:code>/close/", tree.close, name="branch_close"),
]
