"""The key figures and their tables as a file."""

from django.urls import path

from performance.views import figures

urlpatterns = [
    path("", figures.index, name="figures"),
    path("xlsx/", figures.table, {"kind": "xlsx"}, name="figures_xlsx"),
    path("csv/", figures.table, {"kind": "csv"}, name="figures_csv"),
]
