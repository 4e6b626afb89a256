"""Rows of the recruitment app."""

from recruitment.models.acceptance import WishTraining
from recruitment.models.applications import Application, ApplicationMove, Claim, Confirmation, InterviewResult
from recruitment.models.identity_attempts import IdentityTries
from recruitment.models.matching import MatchReview
from recruitment.models.onboarding import ChecklistItem, OnboardingTask
from recruitment.models.people import CandidateRef, FactDifference, Person, PersonDocument
from recruitment.models.releases import ReleaseRequest
from recruitment.models.replies import Reply, ReplyAnswer, ReplyCorrection, TrainedReplyModel
from recruitment.models.retention import DataRequest, PersonMove, RetentionRule
from recruitment.models.rules import NoticeRule
from recruitment.models.signals import InterviewSignal, SignalMove

__all__ = [
    "Application",
    "ApplicationMove",
    "CandidateRef",
    "ChecklistItem",
    "Claim",
    "Confirmation",
    "DataRequest",
    "FactDifference",
    "IdentityTries",
    "InterviewResult",
    "InterviewSignal",
    "MatchReview",
    "NoticeRule",
    "OnboardingTask",
    "Person",
    "PersonDocument",
    "PersonMove",
    "ReleaseRequest",
    "Reply",
    "ReplyAnswer",
    "ReplyCorrection",
    "RetentionRule",
    "SignalMove",
    "TrainedReplyModel",
    "WishTraining",
]
