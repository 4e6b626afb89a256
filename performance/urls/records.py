"""Files of monthly performance records."""

from django.urls import path

from performance.views import records

urlpatterns = [
    path("", records.index, name="performance_records"),
    path("template.csv", records.template, {"kind": "csv"}, name="performance_records_template_csv"),
    path("template.xlsx", records.template, {"kind": "xlsx"}, name="performance_records_template_xlsx"),
    path("<uuid:pk>/", records.detail, name="performance_upload"),
    path("<uuid:pk>/read/", records.read, name="performance_upload_read"),
    path("<uuid:pk>/confirm/", records.confirm, name="performance_upload_confirm"),
    path("<uuid:pk>/discard/", records.discard, name="performance_upload_discard"),
]
