"""My work."""

from django.urls import path

from hrportal.home import views

urlpatterns = [path("", views.my_work, name="my_work")]
