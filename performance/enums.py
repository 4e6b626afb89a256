"""Words of the performance app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UploadState(TextChoices):
    """Where a file of records stands."""

    WAITING = "waiting", _("looked at")
    TAKEN = "taken", _("taken in")
    DISCARDED = "discarded", _("discarded")
    EXPIRED = "expired", _("expired")


class RowEffect(TextChoices):
    """What one row of records does."""

    CREATED = "created", _("new")
    CORRECTED = "corrected", _("corrected")
    UNCHANGED = "unchanged", _("unchanged")


class Outcome(TextChoices):
    """What is measured of a season's hires beside the score that the interview is judged by."""

    SCORE = "score", _("Mean score")
    COMPLAINT_RATE = "complaint_rate", _("Complaints per 10,000 transactions")
    PROJECT_COMPLETION = "project_completion", _("Project completion")
    TARGET_ATTAINMENT = "target_attainment", _("Reached their targets")


class CaseReason(TextChoices):
    """Why somebody with a high interview score works poorly, as HR found it."""

    INTERVIEW = "interview", _("The interview rated too high")
    PLACEMENT = "placement", _("The position does not suit the person")
    GUIDANCE = "guidance", _("Guidance or workload at the branch")
    PERSONAL = "personal", _("Personal circumstances")
    MEASURE = "measure", _("The performance record is wrong or unfair")
    TARGETS = "targets", _("The targets were not understood")
    UNKNOWN = "unknown", _("No reason found")
