"""Performance: the targets that a notice promises and that work is measured by."""

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    """Targets, records, analysis, recommendations."""

    name = "performance"
