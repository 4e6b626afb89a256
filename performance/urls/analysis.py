"""The analysis: its panels, single cases, seasons whose truth is known."""

from django.urls import path

from performance.views import analysis, cases, known_truth

urlpatterns = [
    path("", analysis.panel, name="analysis"),
    path("compute/", analysis.compute, name="analysis_compute"),
    path("progress/", analysis.progress, name="analysis_progress"),
    path("cases/<int:pk>/", cases.case, name="analysis_case"),
    path("known-truth/", known_truth.index, name="known_truth"),
    path("known-truth/<uuid:pk>/", known_truth.found, name="known_truth_found"),
    path("known-truth/<uuid:pk>/progress/", known_truth.progress, name="known_truth_progress"),
    path("<slug:panel>/", analysis.panel, name="analysis_panel"),
    path("<slug:panel>/xlsx/", analysis.table, {"kind": "xlsx"}, name="analysis_xlsx"),
    path("<slug:panel>/csv/", analysis.table, {"kind": "csv"}, name="analysis_csv"),
]
