"""Rows of the performance app."""

from performance.models.analyses import Analysis
from performance.models.hires import Hire, HistoricInterview
from performance.models.recommendations import Recommendation, RecommendationMove
from performance.models.records import PerformanceRecord, RecordCorrection
from performance.models.targets import Target

__all__ = [
    "Analysis",
    "Hire",
    "HistoricInterview",
    "PerformanceRecord",
    "Recommendation",
    "RecommendationMove",
    "RecordCorrection",
    "Target",
]
