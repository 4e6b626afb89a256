"""Rows of the performance app."""

from performance.models.analyses import Analysis
from performance.models.cases import CaseNote, Simulation
from performance.models.hires import Hire, HistoricInterview
from performance.models.recommendations import Recommendation, RecommendationTransition
from performance.models.records import PerformanceRecord, RecordCorrection, RecordDifference
from performance.models.targets import Target, TargetVersion
from performance.models.uploads import RecordMessage, RecordUpload

__all__ = [
    "Analysis",
    "CaseNote",
    "Hire",
    "HistoricInterview",
    "PerformanceRecord",
    "Recommendation",
    "RecommendationTransition",
    "RecordCorrection",
    "RecordDifference",
    "RecordMessage",
    "RecordUpload",
    "Simulation",
    "Target",
    "TargetVersion",
]
