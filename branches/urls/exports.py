"""Exports: what was asked for, its approval, its file."""

from django.urls import path

from branches.views import exports

urlpatterns = [
    path("alarms/<int:pk>/", exports.close_disclosures, name="disclosure_alarm"),
    path("", exports.index, name="exports"),
    path("<uuid:pk>/", exports.detail, name="export"),
    path("<uuid:pk>/progress/", exports.progress, name="export_progress"),
    path("<uuid:pk>/file/", exports.download, name="export_file"),
    path("<uuid:pk>/approve/", exports.approve, name="export_approve"),
    path("<uuid:pk>/refuse/", exports.refuse, name="export_refuse"),
    path("<uuid:pk>/alarm/", exports.close_alarm, name="export_alarm"),
]
