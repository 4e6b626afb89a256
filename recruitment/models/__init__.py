"""Rows of the recruitment app."""

from recruitment.models.acceptance import AcceptanceTraining
from recruitment.models.applications import (
    Application,
    ApplicationTransition,
    Claim,
    Confirmation,
    InterviewResult,
)
from recruitment.models.first_days import FirstDayProposal
from recruitment.models.identity_attempts import IdentityAttempts
from recruitment.models.matching import MatchReview
from recruitment.models.onboarding import ChecklistItem, OnboardingTask
from recruitment.models.people import CandidateRef, FactDifference, Person, PersonDocument
from recruitment.models.releases import ReleaseRequest
from recruitment.models.replies import Reply, ReplyAnswer, ReplyCorrection, TrainedReplyModel
from recruitment.models.retention import DataRequest, PersonTransition, RetentionRule
from recruitment.models.rules import NoticeRule
from recruitment.models.seasons import Season, SeasonTransition
from recruitment.models.signals import InterviewSignal, SignalTransition

__all__ = [
    "AcceptanceTraining",
    "Application",
    "ApplicationTransition",
    "CandidateRef",
    "ChecklistItem",
    "Claim",
    "Confirmation",
    "DataRequest",
    "FactDifference",
    "FirstDayProposal",
    "IdentityAttempts",
    "InterviewResult",
    "InterviewSignal",
    "MatchReview",
    "NoticeRule",
    "OnboardingTask",
    "Person",
    "PersonDocument",
    "PersonTransition",
    "ReleaseRequest",
    "Reply",
    "ReplyAnswer",
    "ReplyCorrection",
    "RetentionRule",
    "Season",
    "SeasonTransition",
    "SignalTransition",
    "TrainedReplyModel",
]
