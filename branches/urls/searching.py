"""Where the filters of lists are posted that take words."""

from django.urls import path

from branches.views.searching import search

urlpatterns = [path("", search, name="search")]
